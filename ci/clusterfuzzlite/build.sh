#!/usr/bin/env bash
# ClusterFuzzLite wants what OSS-Fuzz wants.
exec "$SRC/sprag/ci/oss-fuzz/build.sh"
