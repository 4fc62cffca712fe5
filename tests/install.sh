#!/bin/sh
# What the tests need of the system: a browser, the PDF libraries, a Chinese font, Node, PostgreSQL and Redis.
set -eu

purpose=${1:-test} # "bench", "trials": what only the measurements, or only the trials, need as well
missing=""
need() { # need COMMAND-OR-PATH PACKAGE
    command -v "$1" >/dev/null 2>&1 || [ -e "$1" ] || missing="$missing $2"
}
need chromium chromium
need node nodejs
need npm npm
need java default-jre-headless
need pdftoppm poppler-utils
need fc-list fontconfig
need redis-server redis-server
need /usr/sbin/nginx nginx-light
need systemd-analyze systemd
need openssl openssl
[ "$purpose" != bench ] || need wrk wrk
[ "$purpose" != trials ] || need soffice libreoffice-writer-nogui
[ "$purpose" != trials ] || need /usr/sbin/pgbouncer pgbouncer
[ "$purpose" != trials ] || need go golang-go
[ "$purpose" != trials ] || need /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog golang-golang-x-mod-dev
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -e /usr/share/fonts/truetype/wqy/wqy-zenhei.ttc ] || missing="$missing fonts-wqy-zenhei"
for library in libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; do
    dpkg -s "$library" >/dev/null 2>&1 || missing="$missing $library"
done
fonts=""
[ -e /usr/share/fonts/opentype/fandol/FandolFang-Regular.otf ] && [ -e /usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc ] || fonts=yes
from_npm() { # from_npm LIST FOLDER: what a package.json names, once
    if ! cmp -s "$1" "$2/package.json"; then
        mkdir -p "$2"
        cp "$1" "$2/package.json.part"
        npm install --silent --no-audit --no-fund --prefix "$2" $(node -p 'Object.entries(require(process.argv[1]).dependencies).map((each) => each.join("@")).join(" ")' "$PWD/$1") >/dev/null
        mv "$2/package.json.part" "$2/package.json"
    fi
}
pages() { # what npm has for the tests of the public pages, and the oldest browser
    from_npm tests/package.json .venv/npm
    [ "$purpose" != bench ] || from_npm tests/bench/package.json .venv/npm-bench
    exec sh tests/chromium83.sh
}
[ -z "$missing$fonts" ] && pages

echo "安装测试所需的系统软件：$missing${fonts:+ 公文字体}"
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -q >/dev/null
# shellcheck disable=SC2086
[ -z "$missing" ] || $as_root apt-get install -q -y --no-install-recommends $missing >/dev/null
[ -z "$fonts" ] || $as_root sh config/fonts.sh
pages
