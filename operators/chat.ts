import { concatMap, filter, type ObservableInput, type OperatorFunction } from 'rxjs';

/**
 * Puts every question to a language model and passes on the pieces of its answer.
 *
 * ```
 * asked     -q---r-------|
 * answer q   -a-b-c|
 * answer r         -d-e|
 * said      --a-b-c-d-e--|
 * ```
 *
 * One answer at a time, in the order of the questions; to interrupt one, unsubscribe. Questions without a word never
 * reach the model, empty pieces never leave it.
 *
 * It keeps no history: it does not know what of an answer is heard. Whoever does (see `paced`) keeps it, and `prompt` makes
 * use of it as it is when the question's turn has come.
 *
 * @param llm A prompt in, pieces of text out, or of whatever else it has to say.
 * @param prompt Makes the prompt, at the moment the question's turn has come.
 */
export function chat<M, P = string>(llm: (prompt: M) => ObservableInput<P>, prompt: (asked: string) => M): OperatorFunction<string, P> {
  return (questions) => questions.pipe(
    filter((asked) => asked.trim() !== ''),
    concatMap((asked) => llm(prompt(asked))),
    filter((piece) => piece !== ''),
  );
}
