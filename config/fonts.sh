#!/bin/sh
# Fonts of the official documents: 仿宋, 小标宋, 黑体, 楷体 (Fandol, out of a TeX package, without TeX) and, for rare
# characters (𠮷 䶮 喆 ㎡), Noto CJK. Run as root on Debian; does nothing where they are there already.
set -eu
to=/usr/share/fonts/opentype/fandol
export DEBIAN_FRONTEND=noninteractive
if [ ! -e "$to/FandolFang-Regular.otf" ]; then
    work=$(mktemp -d)
    (cd "$work" && chmod 777 . && apt-get download -q texlive-lang-chinese >/dev/null && dpkg-deb -x ./*.deb out)
    mkdir -p "$to"
    cp "$work"/out/usr/share/texlive/texmf-dist/fonts/opentype/public/fandol/*.otf "$to/"
    rm -rf "$work"
fi
[ -e /usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc ] || apt-get install -q -y --no-install-recommends fonts-noto-cjk >/dev/null
fc-cache -f
