"""Fine-tuning tasks, one file each; listed in `TasksConfig`."""
