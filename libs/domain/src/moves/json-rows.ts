/**
 * Rows for `json_to_recordset`, with nothing but the named members, and without those that are null, which it gives for what
 * is not there: it takes a microsecond or two for each member of a row, whether it is asked for or not.
 */
export function jsonRows<Row extends object>(rows: readonly Row[], names: readonly (keyof Row & string)[]): string {
  return JSON.stringify(
    rows.map((row) => {
      const said: Partial<Row> = {};
      for (const name of names) if (row[name] !== null) said[name] = row[name];
      return said;
    }),
  );
}
