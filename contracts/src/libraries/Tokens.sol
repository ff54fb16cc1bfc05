// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

interface IERC20 {
    function balanceOf(address account) external view returns (uint256);
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/// @title Moves coins and ERC-20 tokens
/// @notice Token 0 is the native coin. Tokens that return nothing are taken at their word when they do not revert.
library Tokens {
    error TokenPullFailed(address token, address from, uint256 amount);

    /// @notice Takes `amount` of `token` from `from`, which approved it.
    /// @return received what arrived: less than `amount` where a token takes a fee
    function pull(address token, address from, uint256 amount) internal returns (uint256 received) {
        uint256 before = IERC20(token).balanceOf(address(this));
        if (!_call(token, abi.encodeCall(IERC20.transferFrom, (from, address(this), amount)))) {
            revert TokenPullFailed(token, from, amount);
        }
        return IERC20(token).balanceOf(address(this)) - before;
    }

    /// @notice Sends `amount` of `token` to `to`.
    /// @return sent false when the receiver or the token refused
    function push(address token, address to, uint256 amount) internal returns (bool sent) {
        if (token != address(0)) return _call(token, abi.encodeCall(IERC20.transfer, (to, amount)));
        (sent,) = to.call{value: amount}("");
    }

    function _call(address token, bytes memory data) private returns (bool) {
        (bool ok, bytes memory answer) = token.call(data);
        if (!ok || (answer.length == 0 && token.code.length == 0)) return false;
        return answer.length == 0 || (answer.length >= 32 && abi.decode(answer, (uint256)) == 1);
    }
}
