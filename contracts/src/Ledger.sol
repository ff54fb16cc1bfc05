// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "./interfaces/ILedger.sol";
import {Tokens} from "./libraries/Tokens.sol";

/// @title The part of the Market that lets money in and out
/// @dev Foreign code (tokens, receivers of coins) runs here only, behind a lock.
abstract contract Ledger is ILedger {
    mapping(address token => mapping(address account => uint256)) private _free;
    mapping(address account => address) private _payouts;
    bool private transient _entered;

    modifier nonReentrant() {
        if (_entered) revert LedgerReentered();
        _entered = true;
        _;
        _entered = false;
    }

    /// @notice Coins sent without a call are a deposit of their sender.
    receive() external payable {
        _deposit(address(0), msg.sender, msg.value);
    }

    /// @inheritdoc ILedger
    function deposit() external payable {
        _deposit(address(0), msg.sender, msg.value);
    }

    /// @inheritdoc ILedger
    function depositFor(address account) external payable {
        _deposit(address(0), account, msg.value);
    }

    /// @inheritdoc ILedger
    function depositToken(address token, uint256 amount, address account) external nonReentrant {
        _deposit(token, account, Tokens.pull(token, msg.sender, amount));
    }

    /// @inheritdoc ILedger
    function withdraw(address token, uint256 amount) external nonReentrant {
        address payout = _payouts[msg.sender];
        _withdraw(token, msg.sender, payout == address(0) ? msg.sender : payout, amount);
    }

    /// @inheritdoc ILedger
    function withdrawFrom(address account, address token, uint256 amount) external nonReentrant {
        _expectPayout(account, msg.sender);
        _withdraw(token, account, msg.sender, amount);
    }

    /// @inheritdoc ILedger
    function transfer(address token, address to, uint256 amount) external {
        if (to == address(0)) revert LedgerZeroAccount();
        if (_payouts[msg.sender] != address(0)) _expectPayout(msg.sender, to);
        _debit(token, msg.sender, amount);
        _credit(token, to, amount);
        emit Transferred(token, msg.sender, to, amount);
    }

    /// @inheritdoc ILedger
    function setPayout(address account, address payout) external {
        address holder = _payouts[account];
        if (holder == address(0)) holder = account;
        if (msg.sender != holder) revert LedgerNotPayout(account, msg.sender, holder);
        _payouts[account] = payout;
        emit PayoutSet(account, payout);
    }

    /// @inheritdoc ILedger
    function balanceOf(address token, address account) external view returns (uint256) {
        return _free[token][account];
    }

    /// @inheritdoc ILedger
    function payoutOf(address account) external view returns (address) {
        return _payouts[account];
    }

    function _credit(address token, address account, uint256 amount) internal {
        _free[token][account] += amount;
    }

    function _debit(address token, address account, uint256 amount) internal {
        uint256 available = _free[token][account];
        if (available < amount) revert LedgerInsufficient(token, account, available, amount);
        unchecked {
            _free[token][account] = available - amount; // not below 0: checked above
        }
    }

    function _deposit(address token, address account, uint256 amount) private {
        if (account == address(0)) revert LedgerZeroAccount();
        _credit(token, account, amount);
        emit Deposited(token, account, msg.sender, amount);
    }

    function _withdraw(address token, address account, address to, uint256 amount) private {
        _debit(token, account, amount);
        emit Withdrawn(token, account, to, amount);
        if (!Tokens.push(token, to, amount)) revert LedgerTransferFailed(token, to, amount);
    }

    function _expectPayout(address account, address caller) private view {
        address payout = _payouts[account];
        if (payout != caller) revert LedgerNotPayout(account, caller, payout);
    }
}
