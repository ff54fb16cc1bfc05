// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IMarket} from "../src/interfaces/IMarket.sol";
import {Deal, DealStatus} from "../src/interfaces/Types.sol";
import {MarketBase} from "./support/MarketBase.sol";

/// @notice Committed -> Submitted.
contract SubmitTest is MarketBase {
    event Submitted(bytes32 indexed id, bytes32 commitment);

    bytes32 private constant COMMITMENT = keccak256("commitment");

    function test_submit_keepsTheCommitment() public {
        Deal memory deal = _terms();
        bytes32 id = _commit(deal);
        vm.warp(block.timestamp + deal.runTime);
        vm.expectEmit();
        emit Submitted(id, COMMITMENT);
        vm.prank(provider);
        market.submit(deal, COMMITMENT);
        (DealStatus status, uint40 since, bytes26 commitment) = market.stateOf(id);
        eq(uint256(status), uint256(DealStatus.Submitted), "status");
        eq(since, block.timestamp, "since");
        eq(bytes32(commitment), bytes32(bytes26(COMMITMENT)), "first 26 bytes");
    }

    function test_submit_notAfterTheRunTime() public {
        Deal memory deal = _terms();
        bytes32 id = _commit(deal);
        uint256 latest = block.timestamp + deal.runTime;
        vm.warp(latest + 1);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealTooLate.selector, id, latest + 1, latest));
        vm.prank(provider);
        market.submit(deal, COMMITMENT);
    }

    function test_submit_onlyTheProvider() public {
        Deal memory deal = _terms();
        _commit(deal);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealNotParty.selector, creator, provider));
        vm.prank(creator);
        market.submit(deal, COMMITMENT);
    }

    function test_submit_onlyOnce() public {
        Deal memory deal = _terms();
        bytes32 id = _commit(deal);
        _submit(deal, _result());
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealUnexpectedStatus.selector, id, DealStatus.Submitted, 1 << 1));
        vm.prank(provider);
        market.submit(deal, COMMITMENT);
    }

    function test_submit_notWithOtherTerms() public {
        Deal memory deal = _terms();
        _commit(deal);
        deal.runTime += 1;
        bytes32 id = market.hashDeal(deal);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealUnexpectedStatus.selector, id, DealStatus.None, 1 << 1));
        vm.prank(provider);
        market.submit(deal, COMMITMENT);
    }
}
