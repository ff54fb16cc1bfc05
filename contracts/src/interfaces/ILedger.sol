// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title The Market's internal ledger
/// @notice Money enters by a deposit, moves between accounts as deals are committed and end, and leaves only by its
///   owner's withdrawal. Token 0 is the chain's native coin; tokens that change balances by themselves (rebasing) are
///   not supported; a fee on transfer is measured, so the ledger credits what arrived.
interface ILedger {
    /// @notice `amount` of `token` arrived from `from` and was credited to `account`.
    event Deposited(address indexed token, address indexed account, address indexed from, uint256 amount);

    /// @notice `amount` of `token` left `account`'s balance to the address `to`.
    event Withdrawn(address indexed token, address indexed account, address indexed to, uint256 amount);

    /// @notice `amount` of `token` moved inside the ledger, outside any deal.
    event Transferred(address indexed token, address indexed from, address indexed to, uint256 amount);

    /// @notice Withdrawals of `account` go to `payout` and nowhere else from now on.
    event PayoutSet(address indexed account, address indexed payout);

    error LedgerInsufficient(address token, address account, uint256 available, uint256 needed);
    error LedgerZeroAccount();
    error LedgerNotPayout(address account, address caller, address payout);
    error LedgerTransferFailed(address token, address to, uint256 amount);
    error LedgerReentered();

    /// @notice Credits the native coin sent with the call to the caller.
    function deposit() external payable;

    /// @notice Credits the native coin sent with the call to `account`.
    function depositFor(address account) external payable;

    /// @notice Takes `amount` of `token` (an ERC-20 that the caller approved) and credits what arrived to `account`.
    function depositToken(address token, uint256 amount, address account) external;

    /// @notice Sends `amount` of the caller's free balance to its payout address, or to the caller where none is set.
    function withdraw(address token, uint256 amount) external;

    /// @notice As `withdraw`, called by the payout address for the account that named it.
    function withdrawFrom(address account, address token, uint256 amount) external;

    /// @notice Moves `amount` of the caller's free balance to `to` inside the ledger.
    /// @dev Refused for an account that has a payout address: its money may leave to that address only.
    function transfer(address token, address to, uint256 amount) external;

    /// @notice Names a cold address as the only one that the caller's money may be withdrawn to.
    /// @dev Once set, only that address may change it, for `account`; setting it to 0 lifts the restriction.
    function setPayout(address account, address payout) external;

    /// @notice The free balance of `account`: what no deal has locked.
    function balanceOf(address token, address account) external view returns (uint256);

    /// @notice The only address `account` withdraws to; 0 = itself.
    function payoutOf(address account) external view returns (address);
}
