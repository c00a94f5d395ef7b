interface Phrases {
  /** What alone is a clear yes. */
  readonly yes: string;
  /** What may stand beside it. */
  readonly polite: string;
  readonly filler: string;
  /** `{tool}` and `{args}` are filled in. */
  readonly ask: string;
  readonly askWith: string;
}

const english: Phrases = {
  yes: "yes|yeah|yep|yup|sure|sure thing|ok|okay|of course|certainly|absolutely|definitely|go ahead|go for it|do it|do that|please do|you may|you can|correct|that's right|thats right",
  polite: 'please|now|thanks|thank you|then|oh|well|uh|um',
  filler: 'One moment.',
  ask: 'Shall I use {tool}?',
  askWith: 'Shall I use {tool}, with {args}?',
};

const phrases: Readonly<Record<string, Phrases>> = {
  en: english,
  de: { yes: 'ja|jawohl|klar|na klar|okay|ok|gerne?|sicher|natürlich|mach das|mach es|tu das|tu es|machen sie das|nur zu|genau|richtig|ja doch|unbedingt', polite: 'bitte|danke|jetzt|dann', filler: 'Einen Moment.', ask: 'Soll ich {tool} benutzen?', askWith: 'Soll ich {tool} benutzen, mit {args}?' },
  fr: { yes: "oui|ouais|d'accord|ok|okay|bien sûr|vas y|allez y|fais le|faites le|certainement|tout à fait|volontiers", polite: "s'il te plaît|s'il vous plaît|merci|maintenant|alors", filler: 'Un instant.', ask: 'Dois-je utiliser {tool} ?', askWith: 'Dois-je utiliser {tool}, avec {args} ?' },
  es: { yes: 'sí|si|claro|claro que sí|vale|de acuerdo|ok|okay|por supuesto|hazlo|hágalo|adelante|desde luego', polite: 'por favor|gracias|ahora', filler: 'Un momento.', ask: '¿Uso {tool}?', askWith: '¿Uso {tool}, con {args}?' },
  it: { yes: "sì|si|certo|certamente|va bene|d'accordo|ok|okay|fallo|lo faccia|fai pure|faccia pure|procedi|proceda", polite: 'per favore|grazie|adesso|ora', filler: 'Un momento.', ask: 'Devo usare {tool}?', askWith: 'Devo usare {tool}, con {args}?' },
  pt: { yes: 'sim|claro|claro que sim|está bem|tá bem|ok|okay|com certeza|pode|pode fazer|faça isso|faz isso|vá em frente', polite: 'por favor|obrigado|obrigada|agora', filler: 'Um momento.', ask: 'Devo usar {tool}?', askWith: 'Devo usar {tool}, com {args}?' },
  nl: { yes: 'ja|jawel|zeker|natuurlijk|oké|ok|okay|prima|goed|doe maar|doe dat|ga je gang', polite: 'graag|alsjeblieft|alstublieft|dank je|bedankt|nu', filler: 'Een ogenblik.', ask: 'Zal ik {tool} gebruiken?', askWith: 'Zal ik {tool} gebruiken, met {args}?' },
};

const phrasesIn = (language: string): Phrases => phrases[language.toLowerCase().split(/[-_]/)[0] ?? ''] ?? english;

/**
 * Whether somebody who was asked for leave has given it: nothing but words of consent, however a recogniser writes them. In
 * doubt it is a no: "yes, but make it red" wants something else than what was asked. English is understood everywhere.
 *
 * @param language BCP 47; English where it is none that is known
 */
export function isYes(text: string, language: string): boolean {
  if (text.length > 80) return false;
  const said = text.normalize('NFKC').toLowerCase().replace(/[’‘`´]/g, "'").replace(/[^\p{L}\p{M}\p{N}']+/gu, ' ').trim();
  return [phrasesIn(language), english].some(({ yes, polite }) =>
    new RegExp(`^(?:(?:${polite}) )*(?:${yes})(?: (?:${yes}|${polite}))*$`, 'u').test(said));
}

/** What is said where a tool takes its time. */
export const fillerIn = (language: string): string => phrasesIn(language).filler;

/** What a user is asked before a tool acts that brings no question of its own: its name, and all that it is given. */
export function questionIn(language: string, tool: string, args: Readonly<Record<string, unknown>>): string {
  const { ask, askWith } = phrasesIn(language);
  const given = Object.entries(args).map(([name, value]) => `${spoken(name)} ${typeof value === 'string' ? value : JSON.stringify(value)}`).join(', ');
  return (given === '' ? ask : askWith).replace(/\{(tool|args)\}/g, (_, what: string) => (what === 'tool' ? spoken(tool) : given));
}

/** `turn_off-lamp` → "turn off lamp". */
const spoken = (name: string): string => name.replace(/[_-]+/g, ' ').trim();
