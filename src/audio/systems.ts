/**
 * The ways to the sound of a machine, in the order in which they are tried: the sound servers' own programs, those of ALSA,
 * the npm packages `node-record-lpcm16` and `speaker`, sox, and ffmpeg. Each has a recorder and a player.
 */
export const AUDIO_SYSTEMS = ['pulse', 'pipewire', 'alsa', 'packages', 'sox', 'ffmpeg'] as const;

export type AudioSystem = (typeof AUDIO_SYSTEMS)[number];

/** Where sound comes from and goes to: a system of the machine, or `auto` for the first that is there. */
export interface DeviceOptions {
  /** @default 'auto' */
  readonly system?: 'auto' | AudioSystem;
  /** A device in the words of that system, as `listDevices` gives them: a PulseAudio source or sink, an ALSA name such as `plughw:1,0`. */
  readonly device?: string;
}
