#!/usr/bin/env node
import { dispatch, wantsDebug } from './dispatch.js';
import { runAsProcess } from './run-as-process.js';

const argv = process.argv.slice(2);
await runAsProcess((io) => dispatch(argv, io), wantsDebug(argv, process.env));
