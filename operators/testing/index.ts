export { alike } from './alike.js';
export { diagram, sameDrawing, type Message, type Recording, type Subscribed } from './diagram.js';
export { completesOnEmpty, LAWS, laws, letsGo, passesErrorsOn, startsAfresh, staysSilentOnNever, stopsASynchronousSource, type Law, type Make } from './laws.js';
export { lanes, marbles } from './marbles.js';
export { timeline, type Mark, type TimelineOptions } from './timeline.js';
