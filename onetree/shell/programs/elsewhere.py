"""ssh: what it does on another machine is not seen from here."""

from .call import Call

# ssh(1): options that take a value.
SSH = "-B= -b= -c= -D= -E=w -e= -F=r -I= -i=r -J= -L= -l= -m= -O= -o= -P= -p= -Q= -R= -S= -W= -w="


def ssh(call: Call) -> None:
    """`ssh` [options] destination [command ...]: the words after the destination are a line for the shell there."""
    call = Call(call.walker, call.state, call.fields, call.assigned)
    call.parse(("", SSH), stop=True)
    call.record()
    call.option_values()
    if call.has("-V", "-G") or call.given("-Q") or len(call.fields) < 2:
        return
    shown = call.operands[0].written if call.operands else "another machine"
    local = [f for option, f in call.values if option == "-o" and "command" in (f.text or "command").lower()]
    if local:
        call.opaque(f"ssh -o {local[0].written}: what this has run here is not read")
        return
    what = " ".join(field.written for field in call.operands[1:])[:60] or "a person types"
    call.opaque(f"ssh: what {what} does on {shown} is not seen from here")
