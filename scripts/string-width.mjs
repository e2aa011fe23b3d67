/**
 * In place of the library string-width, by which yargs lays out help: loading that takes longer than all else of a short command, as V8 gathers sets of Unicode
 * characters for its patterns. The text is ours, of characters one column wide, but for what users type.
 */
import { stripVTControlCharacters } from 'node:util';

export default text => stripVTControlCharacters(text).length;
