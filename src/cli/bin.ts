#!/usr/bin/env node
/** Where the process begins and ends. */
import { main } from './main.ts';

process.exitCode = await main(process.argv.slice(2));
// Guest output is written by now; an open stdin must not keep the process.
process.exit();
