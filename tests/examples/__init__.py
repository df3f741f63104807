"""The workspaces in examples/, run as their readers run them."""
