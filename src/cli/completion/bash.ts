import type { CompletedCommand } from './completedCommand.ts';
import { completionTables } from './tables.ts';

/** A completion script for bash 3.2 and later. */
export function bashCompletion(program: string, commands: readonly CompletedCommand[]): string {
  return [
    `# bash completion for ${program}`,
    completionTables(program, commands),
    DRIVER.replaceAll('PROGRAM', program).trim(),
    '',
  ].join('\n');
}

/** Bash makes a word of each `=`. Where nothing is printed, readline completes file names (-o default). */
const DRIVER = `
_PROGRAM() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command='' file='' word next list i
  COMPREPLY=()
  if [ "$cur" = = ]; then cur=''; elif [ "$prev" = = ]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  local open=1
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in
    --) return ;;
    -*) continue ;;
    *.yml | *.yaml | *.json) file=$word ;;
    esac
    next="\${command:+$command }$word"
    if [ -n "$open" ] && _PROGRAM_is_known "$next"; then command=$next; else open=''; fi
  done
  if list=$(_PROGRAM_values "$command $prev"); then
    [ -n "$list" ] || return
  elif [ "\${cur#-}" != "$cur" ]; then
    COMPREPLY=($(compgen -W "$(_PROGRAM_flags "$command") --help" -- "$cur"))
    return
  else
    list=$(_PROGRAM_words "$command")
    [ -z "$open" ] || list="$(_PROGRAM_next "$command") $list"
  fi
  case " $list " in
  *" @nodes "*)
    list="\${list/@nodes/} $("\${COMP_WORDS[0]}" completion nodes $file 2>/dev/null)"
    case $prev in
    -*) ;;
    *)
      local IFS=$'\\n'
      COMPREPLY=($(compgen -f -- "$cur"))
      IFS=$' \\t\\n'
      compopt -o filenames 2>/dev/null
      ;;
    esac
    ;;
  esac
  set -f
  COMPREPLY+=($(compgen -W "$list" -- "$cur"))
  set +f
}
complete -o default -F _PROGRAM PROGRAM
`;
