#!/bin/sh
# What the tests need of the system: a browser, the PDF libraries, a Chinese font, Node, PostgreSQL and Redis.
set -eu

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
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -e /usr/share/fonts/truetype/wqy/wqy-zenhei.ttc ] || missing="$missing fonts-wqy-zenhei"
for library in libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; do
    dpkg -s "$library" >/dev/null 2>&1 || missing="$missing $library"
done
fonts=""
[ -e /usr/share/fonts/opentype/fandol/FandolFang-Regular.otf ] && [ -e /usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc ] || fonts=yes
pages() { # what npm has for the tests of the public pages, and the oldest browser
    if ! cmp -s tests/package.json .venv/npm/package.json; then
        mkdir -p .venv/npm
        cp tests/package.json .venv/npm/package.json.part
        npm install --silent --no-audit --no-fund --prefix .venv/npm $(node -p 'Object.entries(require("./tests/package.json").dependencies).map((each) => each.join("@")).join(" ")') >/dev/null
        mv .venv/npm/package.json.part .venv/npm/package.json
    fi
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
