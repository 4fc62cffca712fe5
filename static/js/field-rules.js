/* Whether a visit is complete, by the server's own table (completeness.json, which came with the tasks): the same
   words read in the same way as in inspections/visit/completeness.py. Knows no page; node runs it too. */
// @ts-check
"use strict";

const FieldRules = (() => {
  const SHOWN = 24;

  function linesOf(draft) { return draft.items.flatMap((item) => item.lines); }

  // The beginning of a text, for a sentence.
  function cut(rules, text) {
    const all = Array.from(String(text || ""));
    while (all.length && rules.blank.includes(all[0])) all.shift();
    while (all.length && rules.blank.includes(all[all.length - 1])) all.pop();
    return all.slice(0, SHOWN).join("");
  }

  // What the rules ask about, gathered from a draft as facts_of gathers it from the database.
  function factsOf(rules, draft, endedOn, values) {
    const record = draft.record, onsite = draft.mode.startsWith("on"), lines = linesOf(draft);
    const noted = lines.filter((line) => (draft.answers[line.key] || {}).value === "fail")
      .map((line) => Object.assign({ line: line.key, basis: line.basis || "", is_major: line.is_major }, draft.findings[line.key]));
    const others = draft.others.map((each) => Object.assign({}, each, { line: "" }));
    const findings = noted.concat(others).map((each, n) => ({
      n: n + 1, text: cut(rules, each.wording), wording: each.wording || "", line: each.line, basis: each.basis || "", is_major: Boolean(each.is_major),
      disposal: each.disposal, due_on: each.due_on || "", major_reason: each.major_reason || "",
    }));
    return {
      record: record.record || "", signed: record.signed || "", unsigned_reason: record.unsigned_reason || "", witness: record.witness || "",
      recorder_number: record.recorder_number || "", way: "phone",
      leads: Boolean(draft.leads), onsite, signs: Boolean(draft.leads) && onsite, found: findings.length > 0, ended_on: endedOn,
      kept: draft.files.map((each) => (each.signer ? each.kind + ":" + each.signer : each.kind)),
      lines: lines.map((line, n) => {
        const answer = draft.answers[line.key] || { value: "", note: "" };
        return { n: n + 1, text: cut(rules, line.requirement), value: answer.value || "", said: values[answer.value] || "", note: answer.note || "", open: Boolean(answer.open) };
      }),
      findings,
    };
  }

  function isBlank(rules, text) { return Array.from(String(text)).every((each) => rules.blank.includes(each)); }

  function holds(rules, thing, visit, [name, word, than]) {
    const value = thing[name];
    switch (word) {
      case "holds": return Boolean(value);
      case "blank": return isBlank(rules, value);
      case "filled": return !isBlank(rules, value);
      case "one of": return than.includes(value);
      case "none of": return !than.includes(value);
      case "before": return value !== "" && value < visit[than];
      case "lacks": return !than.some((each) => value.includes(each));
      case "lacks some": return !than.every((each) => value.includes(each));
      default: throw new Error(word);
    }
  }

  // The sentences of the rules that a visit does not keep, in the order of the rules.
  function broken(rules, kind, visit) {
    return rules[kind].flatMap((rule) => (rule.of === "visit" ? [visit] : visit[rule.of])
      .filter((thing) => rule.if.every((condition) => holds(rules, thing, visit, condition)))
      .map((thing) => rule.said.replace(/\{(\w+)\}/g, (_, name) => thing[name])));
  }

  return {
    linesOf,
    factsOf,
    lacking: (rules, visit) => broken(rules, "must", visit),
    wanting: (rules, visit) => broken(rules, "should", visit),
  };
})();
