"""``python -m pbx_bridge``."""

from pbx_bridge.cli import main

if __name__ == "__main__":
    main()
