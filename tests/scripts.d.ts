/* What the pages' scripts find that TypeScript does not know: the signature pad (a library), and the public's verifier, which is plain old JavaScript of its own. */
declare const SignaturePad: any;
declare const Mingqian: { verify: Function; sha256: (text: string | Uint8Array) => string };
interface Window { Mingqian: { verify: Function; sha256: (text: string | Uint8Array) => string }; MingqianLog: { prove: Function; compare: Function }; }
