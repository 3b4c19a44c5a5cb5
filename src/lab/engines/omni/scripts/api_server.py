"""The API server of one process that does both prefill and decode: the arguments of `vllm serve`, the model by --model."""
import os
import sys


def main():
    words = sys.argv[1:]
    model = []
    for at, word in enumerate(words):
        if word == "--model" and at + 1 < len(words):
            model = [words[at + 1]]
            words = words[:at] + words[at + 2:]
            break
        if word.startswith("--model="):
            model = [word.partition("=")[2]]
            words = words[:at] + words[at + 1:]
            break
    os.execvp("vllm", ["vllm", "serve", *model, *words])


if __name__ == "__main__":
    main()
