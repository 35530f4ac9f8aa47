#!/bin/sh
# Puts Debian's nginx with Lua into a folder. Nothing is installed on the machine.
set -eu
folder=$1
mkdir -p "$folder/packages"
cd "$folder/packages"
if [ ! -x ../usr/sbin/nginx ]; then
  apt-get download nginx libnginx-mod-http-lua libnginx-mod-http-ndk lua-cjson libluajit2-5.1-2 libpcre3 lua-resty-core \
    lua-resty-lrucache > /dev/null 2>&1
  for package in *.deb; do
    dpkg -x "$package" ..
  done
fi
