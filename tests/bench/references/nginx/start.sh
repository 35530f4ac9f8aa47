#!/bin/sh
# Becomes nginx: it listens at LISTEN, and finds its systems at BACKEND_URL. The folder is that of build.sh.
set -eu
folder=$1
here=$(cd "$(dirname "$0")" && pwd)
runs=$folder/runs/${LISTEN##*:}
mkdir -p "$runs"
libraries=$(dirname "$(find "$folder/usr/lib" -name 'libluajit-5.1.so.2' | head -n 1)")
sed -e "s|@LISTEN@|$LISTEN|" -e "s|@BACKEND@|${BACKEND_URL#http://}|" -e "s|@FOLDER@|$folder|g" \
  -e "s|@LIBRARIES@|$libraries|" -e "s|@HERE@|$here|" -e "s|@RUNS@|$runs|g" "$here/nginx.conf" > "$runs/nginx.conf"
LD_LIBRARY_PATH=$libraries:$folder/lib/${libraries##*/} exec "$folder/usr/sbin/nginx" -p "$runs" -e "$runs/error.log" -c "$runs/nginx.conf"
