# Completion of badclientsctl(8) for bash: it says itself what a word may become.

_badclientsctl() {
  local word previous='' line
  local -a words=()
  # bash takes --door=policy apart at the =.
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ $word == '=' && $previous == --* ]]; then
      previous='='
      continue
    fi
    previous=$word
    words+=("$word")
  done
  [[ $previous == '=' ]] && words+=('')
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ':files' ]]; then
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "${words[-1]}")
      return
    fi
    COMPREPLY+=("${line%%$'\t'*}")
  done < <("${COMP_WORDS[0]}" complete -- "${words[@]}" 2>/dev/null)
}

complete -F _badclientsctl badclientsctl
