#!/bin/sh
# Asks whether what is staged can hold a secret at all, in a tenth of the time that the scan takes to start.
# Ends with 0 when it cannot; with anything else the scan must run. Nothing is printed.
#
# The files in gate/ are made from the rules (src/hooks/gate-patterns.ts): for each rule a condition without which the
# scanner does not try it. Everything odd opens the gate: a git or a grep that fails, NUL bytes, a difference that is not
# understood or longer than 1,000,000 bytes, a configuration that the last full scan did not approve.

[ "$LEAKWARDEN_GATE" != off ] || exit 1
exec 2>/dev/null
at=${0%/*}
LC_ALL=C
export LC_ALL

# A scan that found the configuration harmless left a copy of it (src/hooks/gate-approval.ts).
if [ -e .leakwarden.toml ] || [ -L .leakwarden.toml ]; then
  approved=$(git rev-parse --git-path leakwarden/gate-LEAKWARDEN_VERSION.toml) || exit 1
  cmp -s .leakwarden.toml "$approved" || exit 1
else
  # Other scanners' files may bring rules that the patterns do not know.
  for file in .betterleaks.toml .gitleaks.toml .talismanrc .secretlintrc*; do
    [ ! -e "$file" ] && [ ! -L "$file" ] || exit 1
  done
fi

# What git stores, whatever attributes, drivers and users' settings say. Lines begin with > when they are added, with =
# when they are near. `git commit -a` and `-- path` name another index in GIT_INDEX_FILE.
difference() {
  unset GIT_EXTERNAL_DIFF GIT_DIFF_OPTS GIT_CONFIG_PARAMETERS GIT_CONFIG_COUNT
  GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_ATTR_NOSYSTEM=1 \
    GIT_NO_REPLACE_OBJECTS=1 GIT_NO_LAZY_FETCH=1 GIT_OPTIONAL_LOCKS=0 \
    git -c 'safe.directory=*' -c core.quotePath=false -c core.attributesFile=/dev/null -c diff.algorithm=myers \
    -c diff.suppressBlankEmpty=false diff-index --cached --patch --text --unified=10 --inter-hunk-context=0 \
    --no-color --no-ext-diff --no-textconv --no-renames --submodule=short --ignore-submodules=none \
    --src-prefix=a/ --dst-prefix=b/ \
    --output-indicator-new='>' --output-indicator-old='<' --output-indicator-context='=' HEAD &&
    echo '#end'
}
text=$(difference | tr '\000' '\001' | sed -f "$at/gate/lines" | head -c 1000000)
# Of a pipeline only the last program tells how it ended; when another one fails, or the rest is cut off, the end is not there.
case $text in
'#end' | *"
#end") ;;
*) exit 1 ;;
esac

# Where printf is a program of its own, a long text is more than it can be given.
lines() {
  printf '%s\n' "$text" || printf '\001\n'
}
runs() {
  lines | { grep -o -E '[A-Za-z0-9_-]{16,}' || [ $? = 1 ] || printf '\001\n'; } |
    { sed -n -f "$at/gate/runs" || printf '\001\n'; }
}
{
  lines
  lines | tr A-Z a-z || printf '\001\n'
  runs
} | grep -q -F -f "$at/gate/words"
# 0 when something was found, 2 when grep failed.
[ $? = 1 ]
