# Where Ascend's driver puts its tools, behind whatever is on the PATH: a login by SSH often has a short one.
ascend_driver=$(sed -n 's/^Driver_Install_Path_Param=//p' /etc/ascend_install.info 2>/dev/null | head -n 1 | tr -d '\r' | sed 's,[[:blank:]]*$,,; s,^[[:blank:]]*,,')
ascend_driver=${ascend_driver:-/usr/local/Ascend}
# shellcheck disable=SC2034
tool_places=" nor in $ascend_driver/driver/tools"
PATH=$PATH:$ascend_driver/driver/tools:/usr/local/Ascend/driver/tools:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin
export PATH
