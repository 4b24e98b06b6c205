import type { Commands } from './commands.ts';

/** Completion for bash: commands, the options of each, and files where a word may be one. Pure. */
export function bashCompletion({ byName, asked }: Commands): string {
  const cases = [...byName].map(([name, { options }]) => `    ${name}) words='${options.join(' ')}' ;;`);
  return `# bash completion for fieldward, made from its own help
_fieldward() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} words=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W '${[...byName.keys(), '--help', '--version'].join(' ')}' -- "$current")
    return
  fi
  case $previous in
    --config | --*file | --ca | --cert | --sign-key) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
  esac
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
  esac
  case $current in
    -*) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current"); return ;;
  esac
  case \${COMP_WORDS[1]} in
    check | scan | audit) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    ctl) [ "$COMP_CWORD" -ne 3 ] || mapfile -t COMPREPLY < <(compgen -W '${asked.join(' ')}' -- "$current") ;;
  esac
}
complete -o filenames -F _fieldward fieldward
`;
}
