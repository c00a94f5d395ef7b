import { defer, filter, ignoreElements, takeUntil, tap, type MonoTypeOperatorFunction, type Observable } from 'rxjs';

export interface ListenGateOptions<T> {
  /** Given every value that came while the gate was closed, to count it. */
  readonly onDrop?: (value: T) => void;
}

/**
 * Lets values through while the gate is open and drops them while it is closed.
 *
 * ```
 * frames  -a-b-c-d-e-f-|
 * open    --c---o------
 * heard   -a-----d-e-f-|
 * ```
 *
 * Open until `open` says otherwise. The gate is subscribed before the source, so a BehaviorSubject rules from the first
 * value; its error is passed on, its completion leaves it as it is, and it is let go when the source completes. Put it behind
 * `chunkify`: a gate before it cuts frames in two and leaves their halves together.
 *
 * @param open True to listen, false not to.
 */
export function listenGate<T>(open: Observable<boolean>, options: ListenGateOptions<T> = {}): MonoTypeOperatorFunction<T> {
  const { onDrop } = options;

  return (values) => defer(() => {
    let listening = true;
    const gate = open.pipe(tap((state) => { listening = state; }), ignoreElements());

    return values.pipe(
      filter((value) => {
        // What was dropped stays dropped, even where being told of it makes somebody open the gate.
        const passes = listening;
        if (!passes) onDrop?.(value);
        return passes;
      }),
      // Nothing ever comes out of the gate, so this only ties its life, and its error, to that of the values.
      takeUntil(gate),
    );
  });
}
