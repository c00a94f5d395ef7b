import { useInput, useStdout, type Key } from 'ink';
import { useEffect } from 'react';
import type { Observable } from 'rxjs';
import { useObservable } from '../hooks/useObservable.js';
import type { Controls } from '../keys.js';
import type { ClientView } from '../views/client-view.js';
import type { ServerView } from '../views/server-view.js';
import { ClientDashboard } from './ClientDashboard.js';
import type { Shown } from './screen-state.js';
import { ServerDashboard } from './ServerDashboard.js';

/** What is to be drawn, as a stream; `first` until there is something. */
export type Drawn =
  | { readonly place: 'server' | 'replay'; readonly shown: Observable<Shown<ServerView>>; readonly first: Shown<ServerView>; readonly threshold: number | undefined }
  | { readonly place: 'client'; readonly shown: Observable<Shown<ClientView>>; readonly first: Shown<ClientView> };

interface LiveProps {
  readonly drawn: Drawn;
  readonly controls: Controls;
  /** Told of each key, by its name. */
  readonly onPress: (key: string) => void;
  readonly isEntering: () => boolean;
  /** Text that goes above the picture, and stays. */
  readonly history: Observable<string>;
}

/** A dashboard that lives: it follows a stream, and tells of keys. */
export function Live({ drawn, controls, onPress, isEntering, history }: LiveProps) {
  const { write } = useStdout();
  useEffect(() => {
    const writing = history.subscribe({ next: write, error: (error: unknown) => { throw error; } });
    return () => writing.unsubscribe();
  }, [history, write]);
  useInput((input, key) => pressed(input, key, isEntering).forEach(onPress));
  return drawn.place === 'client' ? <Client {...drawn} controls={controls} /> : <Server {...drawn} controls={controls} />;
}

function Server({ shown, first, threshold, controls }: Exclude<Drawn, { place: 'client' }> & { readonly controls: Controls }) {
  return <ServerDashboard {...useObservable(shown, first)} controls={controls} threshold={threshold} />;
}

function Client({ shown, first, controls }: Extract<Drawn, { place: 'client' }> & { readonly controls: Controls }) {
  return <ClientDashboard {...useObservable(shown, first)} controls={controls} />;
}

/** Longer than any hand is quick: it was pasted, and means nothing where nothing is being typed. */
const PASTED = 8;
const letters = new Intl.Segmenter();

/** The names of the keys that were pressed: `a`, `space`, `ctrl+c`, `pageup`. Terminals may tell several letters at once. */
export function pressed(input: string, key: Partial<Key>, isEntering: () => boolean = () => true): readonly string[] {
  const named = key.escape ? 'escape' : key.return ? 'return' : key.tab ? `${key.shift ? 'shift+' : ''}tab` : key.backspace ? 'backspace' : key.delete ? 'delete'
    : key.upArrow ? 'up' : key.downArrow ? 'down' : key.leftArrow ? 'left' : key.rightArrow ? 'right' : key.pageUp ? 'pageup' : key.pageDown ? 'pagedown' : undefined;
  if (named !== undefined) return [named];
  if (key.ctrl) return [`ctrl+${input}`];
  if (key.meta || (input.length > PASTED && !isEntering())) return [];
  return [...letters.segment(input)].map(({ segment }) => (segment === ' ' ? 'space' : /[\r\n]/.test(segment) ? 'return' : segment));
}
