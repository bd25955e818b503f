"""Tasks to fine-tune on, a file each; `TasksConfig` names them."""
