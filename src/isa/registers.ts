/** Names of the general and segment registers, in encoding order. Source: SDM vol. 2, table 2-1 to 2-3. */

export const General32 = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'] as const;
export const General16 = ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'] as const;
export const General8 = ['al', 'cl', 'dl', 'bl', 'ah', 'ch', 'dh', 'bh'] as const;
export const Segments = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'] as const;

export type RegisterName = (typeof General32)[number] | (typeof General16)[number] | (typeof General8)[number];
export type SegmentName = (typeof Segments)[number];

/** The register's size in bytes and its first byte's place in the eight doublewords EAX..EDI. */
export function placeOf(name: RegisterName): { readonly size: 1 | 2 | 4; readonly byte: number } {
  return places.get(name)!;
}

const places = new Map<RegisterName, { size: 1 | 2 | 4; byte: number }>();
for (let i = 0; i < 8; i++) {
  places.set(General32[i]!, { size: 4, byte: i * 4 });
  places.set(General16[i]!, { size: 2, byte: i * 4 });
  places.set(General8[i]!, { size: 1, byte: (i & 3) * 4 + (i >> 2) });
}
