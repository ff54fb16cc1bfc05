// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ISlots} from "../src/interfaces/ISlots.sol";
import {Deal} from "../src/interfaces/Types.sol";
import {MarketBase} from "./support/MarketBase.sol";

/// @notice Stake: joining, leaving, claiming, strikes.
contract SlotsTest is MarketBase {
    event Struck(bytes32 indexed id, address indexed owner, uint32 indexed slot, uint8 strikes);

    address private constant MEDIATOR = address(0x3ED);

    function setUp() public override {
        super.setUp();
        vm.deal(MEDIATOR, 100 ether);
    }

    function test_join_takesOneUnitPerSlot() public {
        uint32[] memory slots = _join(3);
        eq(slots.length, 3, "slots");
        eq(court.slotCount(), 3, "count");
        ISlots.Slot memory slot = court.slotOf(slots[2]);
        eq(slot.owner, MEDIATOR, "owner");
        eq(slot.activeFrom, block.timestamp, "active from now");
        eq(uint256(slot.exitAt) + slot.strikes, 0, "active, no strikes");
    }

    function test_join_refusesAnotherStake() public {
        vm.startPrank(MEDIATOR);
        vm.expectRevert(abi.encodeWithSelector(ISlots.SlotWrongStake.selector, 2 ether - 1, 2 ether));
        court.join{value: 2 ether - 1}(2);
        vm.expectRevert(abi.encodeWithSelector(ISlots.SlotWrongStake.selector, 0, 0));
        court.join(0);
        vm.stopPrank();
    }

    function test_leave_onlyTheOwnerAndOnlyOnce() public {
        uint32[] memory slots = _join(1);
        vm.expectRevert(abi.encodeWithSelector(ISlots.SlotNotOwner.selector, slots[0], address(this), MEDIATOR));
        court.leave(slots);
        vm.startPrank(MEDIATOR);
        court.leave(slots);
        eq(court.slotOf(slots[0]).exitAt, block.timestamp, "exit");
        vm.expectRevert(abi.encodeWithSelector(ISlots.SlotNotActive.selector, slots[0]));
        court.leave(slots);
        vm.stopPrank();
    }

    function test_claim_afterTheCooldownOnly() public {
        uint32[] memory slots = _join(2);
        vm.startPrank(MEDIATOR);
        vm.expectRevert(
            abi.encodeWithSelector(ISlots.SlotNotReleased.selector, slots[0], block.timestamp, type(uint256).max)
        );
        court.claim(slots);
        court.leave(slots);
        uint256 released = block.timestamp + COOLDOWN;
        vm.warp(released);
        vm.expectRevert(abi.encodeWithSelector(ISlots.SlotNotReleased.selector, slots[0], released, released));
        court.claim(slots);
        vm.warp(released + 1);
        court.claim(slots);
        eq(MEDIATOR.balance, 100 ether, "all of the stake");
        vm.expectRevert(abi.encodeWithSelector(ISlots.SlotNotOwner.selector, slots[0], MEDIATOR, address(0)));
        court.claim(slots);
        vm.stopPrank();
    }

    function test_join_takesFreedSlotsFirstInFirstOut() public {
        uint32[] memory slots = _join(3);
        (slots[0], slots[1], slots[2]) = (2, 0, 1);
        vm.prank(MEDIATOR);
        court.leave(slots);
        vm.warp(block.timestamp + COOLDOWN + 1);
        vm.prank(MEDIATOR);
        court.claim(slots);
        uint32[] memory taken = _join(4);
        eq(taken[0], 2, "first freed");
        eq(taken[1], 0, "second freed");
        eq(taken[2], 1, "third freed");
        eq(taken[3], 3, "then a new one");
    }

    function test_claim_revertsWhenTheOwnerTakesNoCoins() public {
        vm.deal(address(this), 1 ether);
        uint32[] memory slots = court.join{value: 1 ether}(1);
        court.leave(slots);
        vm.warp(block.timestamp + COOLDOWN + 1);
        vm.expectRevert(abi.encodeWithSelector(ISlots.SlotTransferFailed.selector, address(this), 1 ether));
        court.claim(slots);
    }

    function test_strike_takesAQuarterAndTheFourthEjects() public {
        _seat(3);
        for (uint8 strikes = 1; strikes <= 4; ++strikes) {
            _disputeNobodyJudges(strikes);
            for (uint32 slot = 0; slot < 3; ++slot) {
                eq(court.slotOf(slot).strikes, strikes, "strikes");
                ok((court.slotOf(slot).exitAt == 0) == (strikes < 4), "the fourth makes it leave");
            }
        }
        eq(court.sweep(), 3 * UNIT, "all of three units");
        eq(_free(POOL), 3 * UNIT, "went to the pool");
        vm.warp(block.timestamp + COOLDOWN + 1);
        uint32[] memory slots = new uint32[](1);
        address owner = court.slotOf(0).owner;
        vm.prank(owner);
        court.claim(slots);
        eq(owner.balance, 0, "nothing is left to claim");
        eq(address(court).balance, 0, "nor to pay");
    }

    function test_claim_paysWhatStrikesLeft() public {
        _seat(3);
        _disputeNobodyJudges(1);
        uint32[] memory slots = new uint32[](1);
        address owner = court.slotOf(0).owner;
        vm.startPrank(owner);
        court.leave(slots);
        vm.warp(block.timestamp + COOLDOWN + 1);
        court.claim(slots);
        vm.stopPrank();
        eq(owner.balance, UNIT * 3 / 4, "three quarters");
    }

    function test_sweep_twiceGivesNothingMore() public {
        _seat(3);
        _disputeNobodyJudges(1);
        eq(court.sweep(), UNIT * 3 / 4, "three quarters");
        eq(court.sweep(), 0, "no more");
    }

    /// @notice A dispute in which all three seats are silent: each gets a strike.
    function _disputeNobodyJudges(uint256 nonce) private {
        Deal memory deal = _terms();
        (deal.nonce, deal.rounds) = (nonce, 1);
        _dispute(deal, _result());
        _draw(deal);
        _runRound(deal, _all(3, 0), _result());
        court.finalise(deal);
        vm.warp(block.timestamp + 1);
    }

    function _join(uint32 count) private returns (uint32[] memory) {
        vm.prank(MEDIATOR);
        return court.join{value: count * UNIT}(count);
    }
}
