/** Escape sequences as a whole: OSC, DCS, SOS, PM and APC with their text (where it ends), CSI, and the short ones. */
const sequences = /(?:\u001B[\]PX^_]|[\u0090\u0098\u009D-\u009F])[^\u0007\u001B\u0090\u0098\u009C-\u009F]*(?:\u0007|\u001B\\|\u009C)|(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]?|\u001B[ -/]*[0-~]?/gu;
/** What ends or moves within a line. */
const breaks = /[\t\n\v\f\r\u0085\u2028\u2029]+/gu;
/** Control characters; marks, overrides and isolates that turn the writing direction; invisible tag characters. */
const invisible = /[\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF\u{E0000}-\u{E007F}]/gu;
const halfPairs = /\p{Surrogate}/gu;

/**
 * Text from outside (transcripts, answers, names of peers, messages of errors) as one harmless line: escape sequences,
 * control characters and direction overrides are gone, line breaks are spaces. Call it on whole texts, not on pieces of a
 * stream: a sequence may be cut in two. Doing it twice changes nothing.
 */
export function sanitise(text: string): string {
  return text.replace(sequences, '').replace(breaks, ' ').replace(invisible, '').replace(halfPairs, '\uFFFD');
}
