// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "../src/interfaces/ILedger.sol";
import {IMarket} from "../src/interfaces/IMarket.sol";
import {IOnchainJobs, Order} from "../src/interfaces/IOnchainJobs.sol";
import {Deal, DealStatus} from "../src/interfaces/Types.sol";
import {JobsBase} from "./support/JobsBase.sol";

/// @notice Open -> Taken: a request becomes a deal, at its own terms.
contract JobTakeTest is JobsBase {
    bytes4 private constant MAGIC = 0x1626ba7e;

    function test_take_byAnyProvider() public {
        Order memory order = _ask(_order());
        Deal memory deal = _take(order);
        bytes32 id = market.hashDeal(deal);
        _expectStatus(id, DealStatus.Committed);
        (IOnchainJobs.OrderState state, bytes31 known) = jobs.stateOf(jobs.idOf(order));
        ok(state == IOnchainJobs.OrderState.Taken, "taken");
        ok(known == bytes31(id), "by this deal");
        eq(_free(provider), FUNDS - 10 * uint256(PRICE), "collateral");
        eq(_free(address(jobs)), REWARD, "the price is in the deal");
    }

    function test_take_onlyOnce() public {
        Order memory order = _ask(_order());
        _take(order);
        Deal memory deal = _dealOf(order);
        deal.nonce = 1;
        bytes memory signature = _sign(PROVIDER_KEY, market.hashDeal(deal));
        vm.expectRevert(
            abi.encodeWithSelector(
                IOnchainJobs.OrderUnexpectedState.selector,
                jobs.idOf(order),
                IOnchainJobs.OrderState.Taken,
                IOnchainJobs.OrderState.Open
            )
        );
        jobs.take(order, deal, signature);
    }

    function test_take_notAfterItsExpiry() public {
        Order memory order = _ask(_order());
        vm.roll(order.expiry + 1);
        Deal memory deal = _dealOf(order);
        bytes memory signature = _sign(PROVIDER_KEY, market.hashDeal(deal));
        vm.expectRevert(
            abi.encodeWithSelector(IOnchainJobs.OrderExpired.selector, jobs.idOf(order), order.expiry + 1, order.expiry)
        );
        jobs.take(order, deal, signature);
    }

    function test_take_needsTheProvidersSignature() public {
        Order memory order = _ask(_order());
        Deal memory deal = _dealOf(order);
        bytes32 id = market.hashDeal(deal);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealBadSignature.selector, id, provider));
        jobs.take(order, deal, _sign(CREATOR_KEY, id));
    }

    function test_take_needsTheProvidersMoney() public {
        Order memory order = _ask(_order());
        vm.prank(provider);
        market.withdraw(address(0), FUNDS);
        Deal memory deal = _dealOf(order);
        bytes memory signature = _sign(PROVIDER_KEY, market.hashDeal(deal));
        vm.expectPartialRevert(ILedger.LedgerInsufficient.selector);
        jobs.take(order, deal, signature);
        _expectState(order, IOnchainJobs.OrderState.Open);
    }

    function test_take_atTheTermsOfTheRequestOnly() public {
        Order memory order = _ask(_order());
        Deal memory deal = _dealOf(order);
        deal.price += 1;
        _refuses(order, deal, "price", deal.price, PRICE);
        deal = _dealOf(order);
        deal.creator = creator;
        _refuses(order, deal, "creator", uint160(creator), uint160(address(jobs)));
        deal = _dealOf(order);
        deal.token = address(token);
        _refuses(order, deal, "token", uint160(address(token)), 0);
        deal = _dealOf(order);
        deal.unitPrice = 0;
        _refuses(order, deal, "unitPrice", 0, type(uint96).max);
        deal = _dealOf(order);
        deal.collateral -= 1;
        _refuses(order, deal, "collateral", deal.collateral, 10 * uint256(PRICE));
        deal = _dealOf(order);
        deal.seatFee = 0;
        _refuses(order, deal, "seatFee", 0, order.seatFee);
        deal = _dealOf(order);
        deal.jobs = 2;
        _refuses(order, deal, "jobs", 2, 1);
        deal = _dealOf(order);
        deal.runTime += 1;
        _refuses(order, deal, "runTime", deal.runTime, order.runTime);
    }

    function test_take_atTheTermsOfTheRequestOnly_continued() public {
        Order memory order = _ask(_order());
        Deal memory deal = _dealOf(order);
        deal.window -= 1;
        _refuses(order, deal, "window", deal.window, order.window);
        deal = _dealOf(order);
        deal.seats = 1;
        _refuses(order, deal, "seats", 1, 3);
        deal = _dealOf(order);
        deal.rounds = 1;
        _refuses(order, deal, "rounds", 1, 2);
        deal = _dealOf(order);
        deal.auditBps = 1;
        _refuses(order, deal, "auditBps", 1, 0);
        deal = _dealOf(order);
        deal.jobOffer = 0;
        _refuses(order, deal, "jobOffer", 0, uint256(jobs.idOf(order)));
        deal = _dealOf(order);
        deal.spec = MODULE;
        _refuses(order, deal, "spec", uint256(MODULE), uint256(order.spec));
        deal = _dealOf(order);
        deal.module = MODULE;
        _refuses(order, deal, "module", uint256(MODULE), 0);
    }

    function test_take_ofAPublishedModulePaysItsAuthor() public {
        vm.prank(address(0xA0));
        registry.publish("cowsay", "1", MODULE, 500);
        Order memory order = _order();
        order.isPublished = true;
        (Order memory asked, Deal memory deal) = _ripe(order);
        _deliver(asked, deal, _ending());
        eq(_free(address(0xA0)), uint256(PRICE) * 500 / 10_000, "author");
    }

    /// @notice The price climbs, so that whoever asks least may take it first.
    function testFuzz_take_notAboveThePriceOfTheBlock(uint32 ramp, uint256 later) public {
        Order memory order = _order();
        order.ramp = ramp;
        order.expiry = type(uint64).max;
        order = _ask(order);
        later = bound(later, 0, 2 * uint256(ramp) + 1);
        vm.roll(block.number + later);
        uint256 most = later >= ramp ? PRICE : PRICE * later / ramp;
        eq(jobs.offered(order), most, "offered");
        Deal memory deal = _dealOf(order);
        (deal.price, deal.collateral) = (uint96(most + 1), uint96((most + 1) * 10));
        _refuses(order, deal, "price", most + 1, most);
        (deal.price, deal.collateral) = (uint96(most), uint96(most * 10));
        jobs.take(order, deal, _sign(PROVIDER_KEY, market.hashDeal(deal)));
        eq(_free(address(jobs)), PRICE + REWARD - most, "the rest is kept");
    }

    function test_market_isTheOneOfTheDeals() public view {
        eq(jobs.market(), address(market), "market");
    }

    // --- ERC-1271

    function test_signature_ofNothingAtRest() public {
        Order memory order = _ask(_order());
        ok(jobs.isValidSignature(0, "") != MAGIC, "of nothing");
        Deal memory deal = _dealOf(order);
        bytes32 id = market.hashDeal(deal);
        ok(jobs.isValidSignature(id, "") != MAGIC, "before");
        jobs.take(order, deal, _sign(PROVIDER_KEY, id));
        ok(jobs.isValidSignature(id, "") != MAGIC, "after");
    }

    function test_signature_noDealGoesAroundTheRequest() public {
        Order memory order = _ask(_order());
        Deal memory deal = _dealOf(order);
        bytes32 id = market.hashDeal(deal);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealBadSignature.selector, id, address(jobs)));
        vm.prank(provider);
        market.commit(deal, "");
    }

    function test_signature_cancelsNothing() public {
        Deal memory deal = _take(_ask(_order()));
        bytes32 digest = _cancellation(market.hashDeal(deal));
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealBadSignature.selector, digest, address(jobs)));
        vm.prank(provider);
        market.cancel(deal, "", "");
    }

    function _refuses(Order memory order, Deal memory deal, bytes32 field, uint256 found, uint256 expected) private {
        bytes memory signature = _sign(PROVIDER_KEY, market.hashDeal(deal));
        vm.expectRevert(abi.encodeWithSelector(IOnchainJobs.OrderDealTerms.selector, field, found, expected));
        jobs.take(order, deal, signature);
    }
}
