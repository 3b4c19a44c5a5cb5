import type { CompletedCommand } from './completedCommand.ts';
import { completionTables } from './tables.ts';

/** A completion script for zsh, for a folder of `fpath` or to be sourced. */
export function zshCompletion(program: string, commands: readonly CompletedCommand[]): string {
  return [
    `#compdef ${program}`,
    completionTables(program, commands),
    DRIVER.replaceAll('PROGRAM', program).trim(),
    '',
  ].join('\n');
}

const DRIVER = `
_PROGRAM() {
  local command='' file='' word next list flag open=1
  local -i i
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    case $word in
    --) _files; return ;;
    -*) continue ;;
    *.yml | *.yaml | *.json) file=$word ;;
    esac
    next="\${command:+$command }$word"
    if [[ -n $open ]] && _PROGRAM_is_known "$next"; then command=$next; else open=''; fi
  done
  flag=\${words[CURRENT - 1]}
  if [[ $PREFIX == --*=* ]]; then
    flag=\${PREFIX%%=*}
    compset -P '*='
  fi
  if list=$(_PROGRAM_values "$command $flag"); then
    :
  elif [[ $PREFIX == -* ]]; then
    compadd -- \${=$(_PROGRAM_flags "$command")} --help
    return
  else
    flag=''
    list=$(_PROGRAM_words "$command")
    [[ -z $open ]] || list="$(_PROGRAM_next "$command") $list"
  fi
  if [[ " $list " == *' @nodes '* ]]; then
    list="\${list/@nodes/} $("\${words[1]}" completion nodes $file 2>/dev/null)"
    [[ -n $flag ]] || _files
  fi
  if [[ -n \${list// /} ]]; then compadd -- \${=list}; else _files; fi
}
if [[ \${funcstack[1]} == _PROGRAM ]]; then _PROGRAM "$@"; else compdef _PROGRAM PROGRAM; fi
`;
