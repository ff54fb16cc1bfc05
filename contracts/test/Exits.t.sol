// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IMarket} from "../src/interfaces/IMarket.sol";
import {Deal, DealStatus} from "../src/interfaces/Types.sol";
import {MarketBase} from "./support/MarketBase.sol";

/// @notice Committed -> Refunded and Committed -> Cancelled.
contract ExitsTest is MarketBase {
    event Refunded(bytes32 indexed id, uint256 penalty);
    event Cancelled(bytes32 indexed id);

    function test_timeout_refundsAndPenalises() public {
        Deal memory deal = _terms();
        bytes32 id = _commit(deal);
        uint256 end = block.timestamp + deal.runTime;
        vm.warp(end);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealTooEarly.selector, id, end, end));
        market.timeout(deal);
        vm.warp(end + 1);
        vm.expectEmit();
        emit Refunded(id, 0.1 ether);
        market.timeout(deal);
        eq(_free(creator), FUNDS + 0.05 ether, "creator has its price and half of the penalty");
        eq(_free(provider), FUNDS - 0.1 ether, "provider lost a tenth of min(P, C)");
        eq(_free(POOL), 0.05 ether, "pool has the other half");
        _expectStatus(id, DealStatus.Refunded);
    }

    function test_timeout_notOfASubmittedDeal() public {
        Deal memory deal = _terms();
        bytes32 id = _commit(deal);
        _submit(deal, _result());
        vm.warp(block.timestamp + deal.runTime + 1);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealUnexpectedStatus.selector, id, DealStatus.Submitted, 1 << 1));
        market.timeout(deal);
    }

    function testFuzz_timeout_paysExactlyWhatWasLocked(uint96 price, uint96 collateral) public {
        Deal memory deal = _terms();
        deal.price = uint96(bound(price, 0, FUNDS));
        deal.collateral = uint96(bound(collateral, 0, FUNDS));
        _commit(deal);
        vm.warp(block.timestamp + deal.runTime + 1);
        market.timeout(deal);
        _expectNothingLocked();
        ok(_free(creator) >= FUNDS, "the creator never loses");
    }

    function test_cancel_needsBothParties() public {
        Deal memory deal = _terms();
        bytes32 id = _commit(deal);
        bytes32 digest = _cancellation(id);
        (bytes memory byCreator, bytes memory byProvider) = (_sign(CREATOR_KEY, digest), _sign(PROVIDER_KEY, digest));
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealBadSignature.selector, digest, creator));
        market.cancel(deal, byProvider, byProvider);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealBadSignature.selector, digest, provider));
        market.cancel(deal, byCreator, byCreator);
        vm.expectEmit();
        emit Cancelled(id);
        market.cancel(deal, byCreator, byProvider);
        eq(_free(creator), FUNDS, "creator");
        eq(_free(provider), FUNDS, "provider");
        _expectStatus(id, DealStatus.Cancelled);
    }

    function test_cancel_sentByAPartyNeedsTheOtherOnly() public {
        Deal memory deal = _terms();
        bytes32 digest = _cancellation(_commit(deal));
        uint256 snapshot = vm.snapshotState();
        vm.prank(creator);
        market.cancel(deal, "", _sign(PROVIDER_KEY, digest));
        vm.revertToState(snapshot);
        vm.prank(provider);
        market.cancel(deal, _sign(CREATOR_KEY, digest), "");
        _expectStatus(market.hashDeal(deal), DealStatus.Cancelled);
    }

    function test_cancel_notOfASubmittedDeal() public {
        Deal memory deal = _terms();
        bytes32 id = _commit(deal);
        _submit(deal, _result());
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealUnexpectedStatus.selector, id, DealStatus.Submitted, 1 << 1));
        vm.prank(creator);
        market.cancel(deal, "", "");
    }
}
