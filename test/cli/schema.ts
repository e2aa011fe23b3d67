/** As much of JSON Schema as docs/report.schema.json uses: what does not fit, as a list of paths and reasons. Unknown keywords throw. */
interface Schema {
  [keyword: string]: unknown;
}

const IGNORED = new Set(['$schema', '$id', 'title', 'description', '$defs']);

export function violations(root: Schema, value: unknown, schema: Schema = root, path = '$'): string[] {
  const found: string[] = [];
  const wrong = (reason: string) => found.push(`${path}: ${reason}`);
  for (const [keyword, argument] of Object.entries(schema)) {
    if (IGNORED.has(keyword) || keyword === 'additionalProperties') continue;
    switch (keyword) {
      case '$ref': {
        const name = (argument as string).replace('#/$defs/', '');
        found.push(...violations(root, value, (root.$defs as Record<string, Schema>)[name]!, path));
        break;
      }
      case 'anyOf': {
        const all = (argument as Schema[]).map(s => violations(root, value, s, path));
        if (!all.some(list => list.length === 0)) found.push(...all.flat());
        break;
      }
      case 'const':
        if (value !== argument) wrong(`is not ${argument}`);
        break;
      case 'enum':
        if (!(argument as unknown[]).includes(value)) wrong(`${value} is none of ${argument}`);
        break;
      case 'type':
        if (![argument].flat().some(type => isType(value, type as string)))
          wrong(`${JSON.stringify(value)} is not ${argument}`);
        break;
      case 'minimum':
        if (typeof value === 'number' && value < (argument as number)) wrong(`is below ${argument}`);
        break;
      case 'maximum':
        if (typeof value === 'number' && value > (argument as number)) wrong(`is above ${argument}`);
        break;
      case 'pattern':
        if (typeof value === 'string' && !new RegExp(argument as string).test(value))
          wrong(`does not match ${argument}`);
        break;
      case 'items':
        if (Array.isArray(value))
          for (const [i, item] of value.entries())
            found.push(...violations(root, item, argument as Schema, `${path}[${i}]`));
        break;
      case 'required':
        if (isType(value, 'object'))
          for (const name of argument as string[]) if (!(name in (value as object))) wrong(`has no ${name}`);
        break;
      case 'properties':
        if (!isType(value, 'object')) break;
        for (const [name, item] of Object.entries(value as object)) {
          const known = (argument as Record<string, Schema>)[name];
          if (known) found.push(...violations(root, item, known, `${path}.${name}`));
          else if (schema.additionalProperties === false) wrong(`has ${name}, which the schema does not know`);
        }
        break;
      default:
        throw new Error(`schema keyword ${keyword} is not understood`);
    }
  }
  return found;
}

function isType(value: unknown, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}
