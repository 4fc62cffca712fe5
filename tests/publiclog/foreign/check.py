"""What a Python implementation that is not ours says of our log (aics-tlog, in an environment of its
own): python check.py FOLDER PROOFS; exit 1 with the first fault."""

import base64
import json
import sys

from aics_tlog import (
    FileSystemTileReader,
    audit_tiles,
    parse_note,
    parse_vkey,
    verify_checkpoint,
    verify_consistency,
    verify_leaf_inclusion,
)


def main(folder, path):
    with open(path) as handle:
        given = json.load(handle)
    key, trees = parse_vkey(given["Key"]), {}
    for text in given["Heads"]:
        told = verify_checkpoint(parse_note(text), key)
        assert told.ok, told
        trees[told.size] = told.root
    size = max(trees)
    audit_tiles(FileSystemTileReader(folder), size, trees[size])
    for n, leaf in enumerate(given["Leaves"]):
        path = [base64.b64decode(each) for each in given["Inclusion"][n]]
        assert verify_leaf_inclusion(base64.b64decode(leaf), n, size, path, trees[size]), n
    for each in given["Consistency"]:
        proof = [base64.b64decode(part) for part in each["Proof"]]
        assert verify_consistency(
            each["Old"], each["Size"], trees[each["Old"]], trees[each["Size"]], proof
        ), each
    print(
        f"{len(given['Leaves'])} leaves, {len(given['Heads'])} checkpoints, "
        f"{len(given['Consistency'])} consistency proofs"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
