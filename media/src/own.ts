/** What a record holds under a key: a node may be called `constructor`, which every object seems to have. */
export const own = <Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined => (Object.hasOwn(record, key) ? record[key] : undefined)
