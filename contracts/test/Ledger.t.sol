// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "../src/interfaces/ILedger.sol";
import {Tokens} from "../src/libraries/Tokens.sol";
import {MarketBase} from "./support/MarketBase.sol";
import {SilentToken} from "./support/Tokens.sol";

/// @dev Calls the ledger from within whatever the ledger calls, once, and keeps what came of it.
abstract contract Reentrant {
    ILedger internal immutable LEDGER;
    bool public succeeded;
    bytes public answer;
    bool private _tried;

    constructor(ILedger ledger) {
        LEDGER = ledger;
    }

    function _reenter(bytes memory call) internal {
        if (_tried) return;
        _tried = true;
        (succeeded, answer) = address(LEDGER).call(call);
    }
}

/// @dev Takes coins, and tries to withdraw as many again while it gets them.
contract Thief is Reentrant {
    constructor(ILedger ledger) Reentrant(ledger) {}

    function withdraw(uint256 amount) external {
        LEDGER.withdraw(address(0), amount);
    }

    receive() external payable {
        _reenter(abi.encodeCall(ILedger.withdraw, (address(0), msg.value)));
    }
}

/// @dev Deposits once more while it is deposited, so that what arrives within would be counted without as well.
contract DoublingToken is Reentrant {
    mapping(address account => uint256) public balanceOf;

    constructor(ILedger ledger) Reentrant(ledger) {}

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        _reenter(abi.encodeCall(ILedger.depositToken, (address(this), amount, from)));
        balanceOf[to] += amount;
        return true;
    }
}

/// @dev Takes no coins.
contract Closed {
    function withdraw(ILedger ledger, uint256 amount) external {
        ledger.withdraw(address(0), amount);
    }
}

/// @notice How money comes in, moves and leaves.
contract LedgerTest is MarketBase {
    address private constant COLD = address(0xC01D);

    function setUp() public override {
        super.setUp();
        token.mint(address(this), 1_000);
        token.approve(address(market), 1_000);
    }

    function test_deposit_creditsTheCaller() public {
        vm.deal(creator, 5);
        vm.prank(creator);
        market.deposit{value: 5}();
        eq(_free(creator), FUNDS + 5, "credited");
    }

    function test_receive_isADeposit() public {
        vm.deal(creator, 5);
        vm.prank(creator);
        (bool sent,) = address(market).call{value: 5}("");
        ok(sent, "sent");
        eq(_free(creator), FUNDS + 5, "credited");
    }

    function test_depositFor_refusesAccountZero() public {
        vm.expectRevert(ILedger.LedgerZeroAccount.selector);
        market.depositFor{value: 0}(address(0));
    }

    function test_depositToken_creditsWhatArrives() public {
        market.depositToken(address(token), 400, creator);
        eq(market.balanceOf(address(token), creator), 400, "all of it");
        token.setFee(100);
        market.depositToken(address(token), 400, creator);
        eq(market.balanceOf(address(token), creator), 796, "less the token's fee");
        eq(token.balanceOf(address(market)), 796, "and the Market has it");
    }

    function test_depositToken_takesTokensThatReturnNothing() public {
        SilentToken silent = new SilentToken();
        silent.mint(address(this), 10);
        market.depositToken(address(silent), 10, creator);
        vm.prank(creator);
        market.withdraw(address(silent), 10);
        eq(silent.balanceOf(creator), 10, "in and out");
    }

    function test_depositToken_refusesATokenThatRefuses() public {
        token.setRefuses(true);
        vm.expectRevert(abi.encodeWithSelector(Tokens.TokenPullFailed.selector, address(token), address(this), 1));
        market.depositToken(address(token), 1, creator);
    }

    function test_depositToken_refusesAnAddressWithoutCode() public {
        vm.expectRevert();
        market.depositToken(address(0x1234), 1, creator);
    }

    function test_withdraw_sendsCoinsToTheirOwner() public {
        vm.prank(creator);
        market.withdraw(address(0), 3 ether);
        eq(creator.balance, 3 ether, "has them");
        eq(_free(creator), FUNDS - 3 ether, "and no longer in the ledger");
    }

    function test_withdraw_refusesMoreThanIsFree() public {
        vm.expectRevert(
            abi.encodeWithSelector(ILedger.LedgerInsufficient.selector, address(0), creator, FUNDS, FUNDS + 1)
        );
        vm.prank(creator);
        market.withdraw(address(0), FUNDS + 1);
    }

    function test_withdraw_refusesToBeReentered() public {
        Thief thief = new Thief(market);
        vm.deal(address(this), 2 ether);
        market.depositFor{value: 2 ether}(address(thief));
        thief.withdraw(1 ether);
        ok(!thief.succeeded(), "not a second time");
        eq(bytes32(thief.answer()), bytes32(ILedger.LedgerReentered.selector), "for this reason");
        eq(address(thief).balance, 1 ether, "what it asked for");
        eq(_free(address(thief)), 1 ether, "and the rest is there");
    }

    function test_depositToken_refusesToBeReentered() public {
        DoublingToken doubling = new DoublingToken(market);
        market.depositToken(address(doubling), 100, creator);
        ok(!doubling.succeeded(), "not within itself");
        eq(bytes32(doubling.answer()), bytes32(ILedger.LedgerReentered.selector), "for this reason");
        eq(market.balanceOf(address(doubling), creator), doubling.balanceOf(address(market)), "what has arrived, once");
    }

    function test_withdraw_revertsWhenTheReceiverRefuses() public {
        Closed closed = new Closed();
        vm.deal(address(this), 1);
        market.depositFor{value: 1}(address(closed));
        vm.expectRevert(abi.encodeWithSelector(ILedger.LedgerTransferFailed.selector, address(0), address(closed), 1));
        closed.withdraw(market, 1);
        eq(_free(address(closed)), 1, "keeps its balance");
    }

    function test_withdraw_revertsWhenATokenRefuses() public {
        market.depositToken(address(token), 4, creator);
        token.setRefuses(true);
        vm.expectRevert(abi.encodeWithSelector(ILedger.LedgerTransferFailed.selector, address(token), creator, 4));
        vm.prank(creator);
        market.withdraw(address(token), 4);
    }

    function test_setPayout_bindsWithdrawalsToTheColdAddress() public {
        vm.prank(creator);
        market.setPayout(creator, COLD);
        vm.prank(creator);
        market.withdraw(address(0), 1 ether);
        eq(COLD.balance, 1 ether, "cold address got it");
        vm.prank(COLD);
        market.withdrawFrom(creator, address(0), 2 ether);
        eq(COLD.balance, 3 ether, "and may fetch it itself");
        eq(market.payoutOf(creator), COLD, "told");
    }

    function test_setPayout_onlyTheColdAddressLiftsIt() public {
        vm.prank(creator);
        market.setPayout(creator, COLD);
        vm.expectRevert(abi.encodeWithSelector(ILedger.LedgerNotPayout.selector, creator, creator, COLD));
        vm.prank(creator);
        market.setPayout(creator, address(0));
        vm.prank(COLD);
        market.setPayout(creator, address(0));
        eq(market.payoutOf(creator), address(0), "lifted");
    }

    function test_setPayout_refusesAStranger() public {
        vm.expectRevert(abi.encodeWithSelector(ILedger.LedgerNotPayout.selector, creator, address(this), creator));
        market.setPayout(creator, address(this));
    }

    function test_withdrawFrom_refusesAStranger() public {
        vm.expectRevert(abi.encodeWithSelector(ILedger.LedgerNotPayout.selector, creator, address(this), address(0)));
        market.withdrawFrom(creator, address(0), 1);
    }

    function test_transfer_movesInsideTheLedger() public {
        vm.prank(creator);
        market.transfer(address(0), provider, 7);
        eq(_free(creator), FUNDS - 7, "from");
        eq(_free(provider), FUNDS + 7, "to");
    }

    function test_transfer_refusesAccountZero() public {
        vm.expectRevert(ILedger.LedgerZeroAccount.selector);
        market.transfer(address(0), address(0), 0);
    }

    function test_transfer_isNoWayAroundTheColdAddress() public {
        vm.prank(creator);
        market.setPayout(creator, COLD);
        vm.expectRevert(abi.encodeWithSelector(ILedger.LedgerNotPayout.selector, creator, provider, COLD));
        vm.prank(creator);
        market.transfer(address(0), provider, 1);
        vm.prank(creator);
        market.transfer(address(0), COLD, 1);
        eq(_free(COLD), 1, "to the cold address it may");
    }

    function testFuzz_transfer_neverMakesMoney(uint256 amount) public {
        amount = bound(amount, 0, FUNDS);
        vm.prank(creator);
        market.transfer(address(0), creator, amount);
        eq(_free(creator), FUNDS, "to oneself changes nothing");
    }
}
