import { useEffect, useState } from 'react';
import type { Observable } from 'rxjs';

/** The latest value of a stream; `first` before there is one. */
export function useObservable<T>(source: Observable<T>, first: T): T {
  const [value, setValue] = useState(first);
  useEffect(() => {
    // A function would be taken for one that makes the value.
    const subscription = source.subscribe({ next: (next) => setValue(() => next), error: (error: unknown) => setValue(() => { throw error; }) });
    return () => subscription.unsubscribe();
  }, [source]);
  return value;
}
