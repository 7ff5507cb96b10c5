#!/bin/bash -eu
exec "$SRC/lengthwise/fuzz/oss-fuzz/build.sh"
