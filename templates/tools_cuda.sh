# Where NVIDIA's driver and its container tools put nvidia-smi, behind whatever is on the PATH.
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/usr/local/nvidia/bin:/opt/bin:/run/nvidia/driver/usr/bin:/usr/lib/wsl/lib
export PATH
