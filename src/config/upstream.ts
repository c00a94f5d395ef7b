/**
 * Flags of Hugging Face speech-to-speech up to 0.2.12 (and of the older names its guides still use) that mean nothing here,
 * each with the nearest flag of ours. They are taken with a warning, so that a command written for it starts.
 */
const families: readonly (readonly [flags: RegExp, nearest: string | undefined])[] = [
  [/^(device|.*_device|.*_torch_dtype|.*_dtype|.*_compute_type|.*_compile_mode|local_mac_optimal_settings)$/, 'threads'],
  [/^(stt_model_name|faster_whisper_stt_model_name|parakeet_tdt_model_name|paraformer_stt_model_name|mlx_audio_whisper_model_name)$/, 'stt_model'],
  [/^(faster_whisper_stt_gen_language|parakeet_tdt_language|tts_language|melo_language|qwen3_tts_language|kokoro_lang_code)$/, 'language'],
  [/^openai_stt_model(_name)?$/, 'stt_model'],
  [/^openai_stt_base_url$/, 'stt_base_url'],
  [/^openai_stt_api_key$/, 'stt_api_key'],
  [/^(stt_gen|faster_whisper_stt|mlx_audio_whisper|parakeet_tdt|paraformer_stt|openai_stt)_\w+$/, 'stt'],
  [/^(kokoro_voice|pocket_tts_voice|qwen3_tts_speaker|melo_speaker_to_id|use_default_speakers_list)$/, 'voice'],
  [/^(kokoro|melo|supertonic_tts)_speed$/, 'speed'],
  [/^(tts|chat_tts|facebook_mms|kokoro|pocket_tts|qwen3_tts|supertonic_tts|melo|parler)_\w+$/, 'tts'],
  [/^(description|play_steps_s|max_prompt_pad_length)$/, 'tts'],
  [/^lm_model_name$/, 'llm_model'],
  [/^open_api_model_name$/, 'model_name'],
  [/^open_api_api_key$/, 'responses_api_api_key'],
  [/^open_api_base_url$/, 'responses_api_base_url'],
  [/^open_api_stream$/, 'responses_api_stream'],
  [/^open_api_chat_size$/, 'chat_size'],
  [/^(open_api_init_chat_prompt|init_chat_role|open_api_init_chat_role|user_role|open_api_user_role)$/, 'init_chat_prompt'],
  [/^(open_api|lm)_stream_batch_sentences$/, 'stream_batch_sentences'],
  [/^(enable_lang_prompt|open_api_enable_lang_prompt|lm_enable_lang_prompt)$/, 'language'],
  [/^(llm|(lm_gen|llm_gen)_\w+|l?lm_is_vlm|compact_history|open_api_disable_thinking)$/, 'llm_backend'],
  [/^responses_api_(disable_thinking|reasoning_effort|audio_\w+)$/, 'model_name'],
  [/^(smart_turn(_\w+)?|speculative_reopen_ms|unanswered_reopen_ms|live_transcription_min_silence_ms)$/, 'min_silence_ms'],
  [/^(min_speech_continuation_ms|short_segment_merge_ms)$/, 'min_speech_ms'],
  [/^(enable_live_transcription|live_transcription_update_interval|enable_realtime_transcription|realtime_processing_pause)$/, 'stt'],
  [/^ws_host$/, 'recv_host'],
  [/^ws_port$/, 'recv_port'],
  [/^(sample_rate|audio_enhancement|num_pipelines|enable_llm_proxy|llm_proxy_connect_timeout_s)$/, undefined],
];

/** What is known of a flag (without dashes) of the reference: `undefined` where it is none of its own. */
export function upstreamFlag(flag: string): { readonly nearest: string | undefined } | undefined {
  const name = flag.replace(/^no_/, '');
  const family = families.find(([flags]) => flags.test(name));
  return family && { nearest: family[1] };
}
