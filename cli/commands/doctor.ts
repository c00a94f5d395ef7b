import { concat, defer, EMPTY, from, map, of, switchMap, take, tap, toArray } from 'rxjs';
import type { Observable } from 'rxjs';
import { joinPcm } from '../../src/audio/pcm.js';
import type { ClientSettings, ServerSettings, TalkSettings } from '../../src/config/settings.js';
import { nativePackages } from '../../src/engines/native-packages.js';
import { allChosen, chooseEngines, chosenFor, type Choice, type Chosen } from '../../src/engines/choose-engines.js';
import { modelsOf } from '../../src/engines/row.js';
import { flite } from '../../src/engines/tts/flite.js';
import type { Stage } from '../../src/errors.js';
import { cacheFolder, describe, modelPaths } from '../../src/models/cache.js';
import { findModel } from '../../src/models/catalog.js';
import { isOffline } from '../../src/models/hub-address.js';
import { hubFile, isHubModel } from '../../src/models/hub-model.js';
import { checkApi } from '../doctor/api.js';
import { checkDevices, checkMicrophone, checkSpeaker } from '../doctor/audio.js';
import { checkDisk } from '../doctor/disk.js';
import { checkEngines } from '../doctor/engines.js';
import { examine } from '../doctor/examine.js';
import { caution, failed, good, working } from '../doctor/finding.js';
import type { Check, Finding } from '../doctor/finding.js';
import { checkHubModel, checkModelFiles, checkModels, modelId, type ModelsChecked } from '../doctor/models.js';
import { checkNative, nativeId } from '../doctor/native.js';
import { checkNode } from '../doctor/node.js';
import { checkPath } from '../doctor/path.js';
import { checkPort } from '../doctor/ports.js';
import { sideBySide } from '../doctor/side-by-side.js';
import { spared, type Spared } from '../doctor/spared.js';
import { checkTerminal } from '../doctor/terminal.js';
import type { Io } from '../io.js';
import type { DoctorOptions } from '../options.js';
import { QUESTIONS } from '../synthetic-user.js';
import { nodeVersions } from '../version.js';
import { engineSettings } from './conversation.js';

/** Where a server tells its events unless it is told otherwise. */
const EVENTS_PORT = 12_347;

/** Examines this machine as one that a server with these settings is to run on. */
export function doctorOfServer(settings: TalkSettings, options: DoctorOptions, io: Io): Promise<number> {
  return examine(defer(() => {
    const findings: Finding[] = [];
    const cache = cacheFolder(settings.cache, io.env);
    const choice = chosen(settings);
    const spare: Spared = 'engines' in choice ? spared(choice) : (_, finding) => finding;
    const first = 'engines' in choice ? engineChecks(choice, cache, { ...options, offline: settings.offline || isOffline(io.env) }, spare) : { engines: of(choice) };
    return concat(
      here(io),
      sideBySide({
        native: checkNative(nativePackages),
        ...first,
        audio: devices(settings, options, false),
        ports: ports(settings, options),
      }).pipe(tap((news) => news.type === 'finding' && findings.push(news))),
      // Alone, as whatever runs beside it would be in its figures.
      'engines' in choice && options.engines ? sideBySide({ engines: defer(() => checkEngines(choice, filesOf(choice, cache), loadable(choice, findings), spare)) }) : EMPTY,
    );
  }), options.json ? 'json' : settings.ui, io);
}

/** Examines the way to a server and back; and with `devices`, before that, the machine with the microphone. */
export function doctorOfClient(settings: ClientSettings, options: DoctorOptions & { readonly devices: boolean }, io: Io): Promise<number> {
  const { host, sendPort, recvPort } = settings;
  const path = defer(() => concat(of(working('preparing a spoken question')), probe(QUESTIONS[0]).pipe(switchMap((audio) => checkPath({
    host, sendPort, recvPort, probe: audio, words: QUESTIONS[0],
    eventsPort: options.eventsPort ?? EVENTS_PORT, eventsWanted: options.eventsPort !== undefined,
  })))));
  return examine(concat(
    options.devices ? here(io) : EMPTY,
    options.devices ? sideBySide({ audio: devices(settings, options, true) }) : EMPTY,
    sideBySide({ path }),
  ), options.json ? 'json' : settings.ui, io);
}

/** The devices that the settings ask for, and those that there are. */
function devices({ audio, inputDevice, outputDevice }: Pick<ClientSettings, 'audio' | 'inputDevice' | 'outputDevice'>, { play }: DoctorOptions, needed: boolean): Check {
  if (audio === 'tone' || audio === 'silence') return of(good('audio.devices', `No device is used: --audio ${audio}.`));
  const wanted = (device: string | undefined) => ({ system: audio, ...(device !== undefined && { device }) });
  return concat(
    checkDevices({ system: audio }),
    checkMicrophone({ needed, wanted: wanted(inputDevice) }),
    checkSpeaker({ needed, play, wanted: wanted(outputDevice) }),
  );
}

/** The terminal is asked where its cursor is, and nothing else may write meanwhile. */
function here(io: Io): Check {
  const { versions, platform, arch } = process;
  return concat(of(checkNode({ version: versions.node, platform, arch }, nodeVersions())), sideBySide({ terminal: checkTerminal(io) }));
}

function chosen(settings: ServerSettings): Choice | Finding {
  try {
    return chooseEngines(engineSettings(settings));
  } catch (error) {
    return failed('settings.engines', error);
  }
}

/** What can be said of the engines before they are loaded. */
function engineChecks(choice: Choice, cache: string, { fast, offline = false }: DoctorOptions & ModelsChecked, spare: Spared): Readonly<Record<string, Check>> {
  const models = choice.models.filter((name) => !isHubModel(name)).map(findModel);
  const files = allChosen(choice).flatMap(({ row, options }) => modelsOf(row, options)).filter((model) => !choice.models.includes(model));
  return {
    settings: from(choice.warnings.map((warning) => caution('settings.engines', warning, 'Speak English, or use a server of your own for the voice.'))),
    cache: defer(() => describe(cache, models)).pipe(switchMap((rows) => checkDisk(cache, rows.reduce((sum, { state, size }) => sum + (state === 'ready' || state === 'unchecked' ? 0 : size), 0)))),
    models: concat(checkModels(models, cache, { fast, offline }), checkModelFiles(files), ...choice.models.filter(isHubModel).map((name) => checkHubModel(name, cache, { fast, offline }))),
    api: concat(...chosenFor('llm', choice).filter(({ row }) => row.name === 'responses-api' || row.name === 'chat-completions').map((one) =>
      checkApi(one.options).pipe(map((news) => (news.type === 'finding' ? spare(one, news) : news))))),
  };
}

function ports({ recvHost, recvPort, sendHost, sendPort }: ServerSettings, { eventsPort = EVENTS_PORT }: DoctorOptions): Check {
  return concat(
    checkPort({ id: 'port.recv', host: recvHost, port: recvPort, use: 'microphone', hostFlag: '--recv_host', portFlag: '--recv_port', eventsPort }),
    checkPort({ id: 'port.send', host: sendHost, port: sendPort, use: 'reply', hostFlag: '--send_host', portFlag: '--send_port', eventsPort }),
  );
}

function filesOf({ models }: Choice, cache: string): Record<string, Record<string, string>> {
  return Object.fromEntries(models.map((name) => [name, modelPaths(isHubModel(name) ? { name, files: [{ name: hubFile(name).file }] } : findModel(name), cache)]));
}

/** The engines that can be loaded: native code that has crashed must not crash us, and what is not here cannot be tried. */
function loadable(choice: Choice, findings: readonly Finding[]): readonly Chosen<Stage>[] {
  const { models } = choice;
  const verdict = (id: string): Finding['verdict'] | undefined => findings.find((finding) => finding.id === id)?.verdict;
  const broken = nativePackages.filter(({ name }) => verdict(nativeId(name)) === 'bad').map(({ name }) => name);
  return allChosen(choice)
    .filter(({ row, options }) => !row.needs(options).some((need) => need.type === 'package' && broken.includes(need.name)) && !(row.stage === 'llm' && row.name !== 'embedded'))
    .filter(({ row, options }) => modelsOf(row, options).every((name) => !models.includes(name) || verdict(modelId(name)) === 'good'));
}

/** Says the words with the voice that needs no download. */
function probe(words: string): Observable<Int16Array> {
  return flite().pipe(switchMap((voice) => from(voice(words)).pipe(toArray(), map(joinPcm))), take(1));
}
