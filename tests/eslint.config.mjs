// The habits of the pages' scripts. Types and unknown names are tsc's matter (tsconfig.json).
const common = {
  "no-var": "error",
  "prefer-const": "error",
  "eqeqeq": "error",
  "no-unused-vars": ["error", { "argsIgnorePattern": "^_", "varsIgnorePattern": "^Field", "caughtErrors": "none" }],
  "no-implicit-globals": "off",
  "no-shadow": "error",
  "no-eval": "error",
  "no-unreachable": "error",
  "no-fallthrough": "error",
  "no-dupe-keys": "error",
  "no-self-compare": "error",
  "no-unsafe-finally": "error",
  "require-atomic-updates": "off",
  "no-restricted-properties": ["error", { "property": "innerHTML" }, { "property": "outerHTML" }],
};
// Chromium 83 is what a domestic desktop may have: nothing newer is parsed.
const script = { "ecmaVersion": 2020, "sourceType": "script" };

export default [
  { "files": ["**/field*.js", "**/check-worker.js", "**/logproof.js"], "languageOptions": script, "rules": common },
  // These run wherever a citizen or an old desktop opens them: written in the oldest form on purpose.
  { "files": ["**/{check,codes,stage,view}.js"], "languageOptions": { "ecmaVersion": 5, "sourceType": "script" }, "rules": { ...common, "no-var": "off", "prefer-const": "off" } },
  { "files": ["**/verify.js"], "languageOptions": { "ecmaVersion": 2020, "sourceType": "script" }, "rules": { ...common, "no-var": "off", "prefer-const": "off", "no-shadow": "off" } },
  { "ignores": ["**/signature.js", "**/qr-*.js"] },
];
