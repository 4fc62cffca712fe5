/* Of what several people said of one line, what stands: the same rules as inspections/visit/merging.py, word for word.
   Knows no page; node runs it too.

   An entry: {by, value, note, at, way}. A ruling: {by, at, over}: whose entry the leader chose, of which moment, and
   the [by, at] of all that he had before him. */
// @ts-check
"use strict";

const FieldMerge = (() => {
  const before = (a, b) => (a.at < b.at || (a.at === b.at && a.by < b.by) ? -1 : a.at === b.at && a.by === b.by ? 0 : 1);

  // The last word of each person, in the order of time.
  function lastOf(entries) {
    const found = {};
    for (const each of entries.slice().sort(before)) found[each.by] = each;
    return Object.values(found).sort(before);
  }

  function chosenOf(last, ruling) {
    if (!ruling) return null;
    const over = new Set(ruling.over.map((each) => each.join("\n")));
    if (!last.every((each) => over.has([each.by, each.at].join("\n")))) return null; // something was said that he did not know
    return last.find((each) => each.by === ruling.by && each.at === ruling.at) || null;
  }

  // A note that was left out says nothing else; the same words twice are one answer.
  function differs(entry, stands) { return entry.value !== stands.value || (entry.note !== "" && entry.note !== stands.note); }

  function merge(entries, ruling) {
    const last = lastOf(entries);
    if (!last.length) return { stands: null, isOpen: false, aside: [] };
    const chosen = chosenOf(last, ruling), answered = last.filter((each) => each.value !== "skip"), looked = answered.length ? answered : last;
    const values = new Set(looked.map((each) => each.value)), notes = new Set(looked.map((each) => each.note).filter(Boolean));
    const isOpen = !chosen && (values.size > 1 || notes.size > 1);
    const stands = isOpen ? looked[0] : chosen || looked.find((each) => each.note) || looked[0];
    return { stands, isOpen, aside: last.filter((each) => differs(each, stands)) };
  }

  /** Two sets of what was said, {line: [entry]}, as one: nothing twice, nothing lost. */
  function union(one, two) {
    const out = {};
    for (const set of [one, two]) {
      for (const [line, entries] of Object.entries(set)) {
        const known = out[line] = out[line] || [];
        for (const each of entries) if (!known.some((old) => old.by === each.by && old.at === each.at)) known.push(each);
      }
    }
    return out;
  }

  return { merge, union, lastOf };
})();
