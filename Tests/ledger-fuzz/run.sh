#!/usr/bin/env bash
# Fuzzes the decoder of batch files with libFuzzer, starting from real lines.
# run.sh FOLDER [libFuzzer's options, as -max_total_time=60]; what it finds is left in FOLDER.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mkdir -p "$1" && cd "$1" && pwd)
shift
cd "$folder"
flags=(-O -sanitize=fuzzer -swift-version 6 -package-name ledger -parse-as-library -wmo
  -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
  -enable-upcoming-feature MemberImportVisibility -I .)
for module in LedgerCore LedgerFormat; do
  find "$root/Sources/$module" -name '*.swift' -print0 |
    xargs -0 swiftc "${flags[@]}" -module-name "$module" -emit-module \
      -emit-module-path "$module.swiftmodule" -c -o "$module.o"
done
swiftc "${flags[@]}" -module-name LedgerFuzz "$root/Tests/ledger-fuzz/Decoder.swift" \
  LedgerCore.o LedgerFormat.o -o ledger-fuzz
mkdir -p corpus
if [ -z "$(ls corpus)" ]; then
  cat >corpus/batch <<'END'
{"batch":"desk:1","count":4,"at":"2026-11-23T16:00:00.123Z","seen":{"amazon":17},"since":{"amazon":15},"host":"desk.local","version":"0.1.0"}
{"id":"desk:1","at":"2026-11-23T16:00:00.123Z","type":"added","path":"2026/a b.jpg","media":"photo","size":3,"content":"md5:900150983cd24fb0d6963f7d28e17f72","mtime":"2026-11-23T15:00:00.000000001Z","cause":"amazon:3"}
{"id":"desk:2","at":"2026-11-23T16:00:00.123Z","type":"renamed","pathBytes":"/w==","from":"b.jpg","media":"photo","size":3,"content":"md5:900150983cd24fb0d6963f7d28e17f72"}
{"id":"desk:3","at":"2026-11-23T16:00:00.123Z","type":"approved","targets":["amazon:1","amazon:2"]}
{"id":"desk:4","at":"2026-11-23T16:00:00.123Z","type":"declared","location":"desk","settings":{"keeps":["photo"],"retired":false}}
END
fi
exec ./ledger-fuzz corpus -rss_limit_mb=1024 -timeout=10 "$@"
