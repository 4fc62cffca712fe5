// What Go's own transparency log library says of our log: golang.org/x/mod/sumdb, which is not ours.
// go run check.go FOLDER PROOFS: every checkpoint, tile, inclusion and consistency proof; exit 1 with the first fault.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type proofs struct {
	Key         string
	Heads       []string
	Leaves      []string
	Inclusion   [][]string
	Consistency []struct {
		Old, Size int64
		Proof     []string
	}
}

type tiles struct{ folder string }

func (t tiles) Height() int                         { return 8 }
func (t tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) (found [][]byte, err error) {
	for _, each := range wanted {
		// C2SP leaves out the height that Go's own path has
		name := strings.Replace(each.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(t.folder, name))
		if err != nil && each.W < 256 {
			whole := each
			whole.W = 256
			data, err = os.ReadFile(filepath.Join(t.folder, strings.Replace(whole.Path(), "tile/8/", "tile/", 1)))
		}
		if err != nil {
			return nil, err
		}
		found = append(found, data[:each.W*tlog.HashSize])
	}
	return found, nil
}

func must(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func hash(text string) (found tlog.Hash) {
	data, err := base64.StdEncoding.DecodeString(text)
	must(err)
	copy(found[:], data)
	return found
}

func hashes(texts []string) (found []tlog.Hash) {
	for _, each := range texts {
		found = append(found, hash(each))
	}
	return found
}

func main() {
	var given proofs
	data, err := os.ReadFile(os.Args[2])
	must(err)
	must(json.Unmarshal(data, &given))
	verifier, err := note.NewVerifier(given.Key)
	must(err)
	trees := map[int64]tlog.Hash{}
	var last tlog.Tree
	for _, each := range given.Heads {
		signed, err := note.Open([]byte(each), note.VerifierList(verifier))
		must(err)
		lines := strings.Split(signed.Text, "\n")
		size, err := strconv.ParseInt(lines[1], 10, 64)
		must(err)
		trees[size] = hash(lines[2])
		if size > last.N {
			last = tlog.Tree{N: size, Hash: hash(lines[2])}
		}
	}
	reader := tlog.TileHashReader(last, tiles{os.Args[1]})
	for n, leaf := range given.Leaves {
		raw, err := base64.StdEncoding.DecodeString(leaf)
		must(err)
		record := tlog.RecordHash(raw)
		must(tlog.CheckRecord(hashes(given.Inclusion[n]), last.N, last.Hash, int64(n), record))
		stored, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(n))})
		must(err)
		if stored[0] != record {
			must(fmt.Errorf("leaf %d is not what its tile says", n))
		}
	}
	for _, each := range given.Consistency {
		must(tlog.CheckTree(hashes(each.Proof), each.Size, trees[each.Size], each.Old, trees[each.Old]))
	}
	fmt.Printf("%d leaves, %d checkpoints, %d consistency proofs\n", len(given.Leaves), len(given.Heads), len(given.Consistency))
}
