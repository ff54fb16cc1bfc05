// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IMarket} from "../src/interfaces/IMarket.sol";
import {Deal, DealStatus, Payee, Result} from "../src/interfaces/Types.sol";
import {MarketBase} from "./support/MarketBase.sol";

/// @notice Committed | Submitted -> Settled without a dispute: accepted, or the window ran out.
contract SettleTest is MarketBase {
    event Paid(bytes32 indexed id, address indexed account, Payee payee, uint256 amount);
    event Settled(bytes32 indexed id, bytes32 digest, uint256 paid, uint256 refunded, uint256 fee, uint256 authorFee);

    uint96 private constant UNIT_PRICE = 0.1 ether;
    uint256 private constant BOTH = 1 << uint8(DealStatus.Committed) | 1 << uint8(DealStatus.Submitted);
    bytes32 private constant MODULE = keccak256("module");
    address private constant AUTHOR = address(0xA0);

    function test_accept_settlesAtOnce() public {
        Deal memory deal = _terms();
        bytes32 id = _commit(deal);
        vm.expectEmit();
        emit Paid(id, provider, Payee.Provider, 10.99 ether);
        vm.expectEmit();
        emit Paid(id, POOL, Payee.Pool, 0.01 ether);
        vm.expectEmit();
        emit Settled(id, _digest(_result()), 0.99 ether, 0, 0.01 ether, 0);
        vm.prank(creator);
        market.accept(deal, _result());
        _expectStatus(id, DealStatus.Settled);
        _expectNothingLocked();
    }

    function test_accept_onlyTheCreator() public {
        Deal memory deal = _terms();
        _commit(deal);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealNotParty.selector, provider, creator));
        vm.prank(provider);
        market.accept(deal, _result());
    }

    function test_accept_onlyOnce() public {
        Deal memory deal = _terms();
        bytes32 id = _commit(deal);
        vm.startPrank(creator);
        market.accept(deal, _result());
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealUnexpectedStatus.selector, id, DealStatus.Settled, BOTH));
        market.accept(deal, _result());
        vm.stopPrank();
    }

    function test_settleAccepted_byAnyoneWithTheCreatorsSignature() public {
        Deal memory deal = _terms();
        bytes32 id = _commit(deal);
        _submit(deal, _result());
        market.settleAccepted(deal, _result(), _sign(CREATOR_KEY, _acceptance(id, _result())));
        _expectStatus(id, DealStatus.Settled);
        eq(_free(provider), FUNDS + 0.99 ether, "provider");
    }

    function test_settleAccepted_refusesASignatureForAnotherResult() public {
        Deal memory deal = _terms();
        bytes32 id = _commit(deal);
        Result memory other = _result();
        other.used += 1;
        bytes memory signature = _sign(CREATOR_KEY, _acceptance(id, _result()));
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealBadSignature.selector, _acceptance(id, other), creator));
        market.settleAccepted(deal, other, signature);
    }

    function test_settleAccepted_notInADispute() public {
        Deal memory deal = _terms();
        bytes32 id = _dispute(deal, _result());
        bytes memory signature = _sign(CREATOR_KEY, _acceptance(id, _result()));
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealUnexpectedStatus.selector, id, DealStatus.Disputed, BOTH));
        market.settleAccepted(deal, _result(), signature);
    }

    function test_settleAcceptedMany_settlesAllOrNone() public {
        (Deal[] memory deals, Result[] memory results, bytes[] memory signatures) =
            (new Deal[](3), new Result[](3), new bytes[](3));
        for (uint256 i = 0; i < 3; ++i) {
            (deals[i], results[i]) = (_terms(), _result());
            deals[i].nonce = i;
            signatures[i] = _sign(CREATOR_KEY, _acceptance(_commit(deals[i]), results[i]));
        }
        market.settleAcceptedMany(deals, results, signatures);
        eq(_free(provider), FUNDS + 3 * 0.99 ether, "all three");
        vm.expectRevert(abi.encodeWithSelector(IMarket.MarketLengths.selector, 3, 0));
        market.settleAcceptedMany(deals, new Result[](0), signatures);
        vm.expectRevert(abi.encodeWithSelector(IMarket.MarketLengths.selector, 3, 0));
        market.settleAcceptedMany(deals, results, new bytes[](0));
    }

    function test_settle_afterTheWindowOnly() public {
        Deal memory deal = _terms();
        bytes32 id = _commit(deal);
        _submit(deal, _result());
        uint256 end = block.timestamp + deal.window;
        vm.warp(end);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealTooEarly.selector, id, end, end));
        market.settle(deal);
        vm.warp(end + 1);
        vm.expectEmit();
        emit Settled(id, 0, 0.99 ether, 0, 0.01 ether, 0);
        market.settle(deal);
        eq(_free(provider), FUNDS + 0.99 ether, "provider");
    }

    function test_settle_needsASubmission() public {
        Deal memory deal = _terms();
        bytes32 id = _commit(deal);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealUnexpectedStatus.selector, id, DealStatus.Committed, 1 << 2));
        market.settle(deal);
    }

    function test_settleMetered_paysTheGasUsed() public {
        Deal memory deal = _metered();
        bytes32 id = _commit(deal);
        _submit(deal, _result());
        uint256 end = block.timestamp + deal.window;
        vm.warp(end);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealTooEarly.selector, id, end, end));
        market.settleMetered(deal, _result(), SALT);
        vm.warp(end + 1);
        vm.expectEmit();
        emit Settled(id, _digest(_result()), 0.2475 ether, 0.75 ether, 0.0025 ether, 0);
        market.settleMetered(deal, _result(), SALT); // 2.5e6 units at 0.1 ether per 1e6
        eq(_free(creator), FUNDS - 0.25 ether, "creator has the rest of its price back");
    }

    function test_settleMetered_refusesAnotherResultOrSalt() public {
        Deal memory deal = _metered();
        _commit(deal);
        _submit(deal, _result());
        vm.warp(block.timestamp + deal.window + 1);
        Result memory other = _result();
        other.used *= 2;
        vm.expectPartialRevert(IMarket.DealBadOpening.selector);
        market.settleMetered(deal, other, SALT);
        vm.expectPartialRevert(IMarket.DealBadOpening.selector);
        market.settleMetered(deal, _result(), bytes32(0));
    }

    function test_settleMetered_refusesAFlatPrice() public {
        Deal memory deal = _terms();
        bytes32 id = _commit(deal);
        _submit(deal, _result());
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealNotMetered.selector, id));
        market.settleMetered(deal, _result(), SALT);
    }

    function test_settle_aMeteredDealThatIsNeverOpenedPaysNothing() public {
        Deal memory deal = _metered();
        bytes32 id = _commit(deal);
        _submit(deal, _result());
        uint256 end = block.timestamp + 2 * uint256(deal.window);
        vm.warp(end);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealTooEarly.selector, id, end, end));
        market.settle(deal);
        vm.warp(end + 1);
        market.settle(deal);
        eq(_free(creator), FUNDS, "creator has its price back");
        eq(_free(provider), FUNDS, "provider has its collateral back");
        _expectStatus(id, DealStatus.Settled);
    }

    function test_settle_paysTheAuthorOfTheModule() public {
        _accept(_published(250));
        eq(_free(AUTHOR), 0.025 ether, "author");
        eq(_free(POOL), 0.01 ether, "pool");
        eq(_free(provider), FUNDS + 0.965 ether, "provider");
    }

    function test_settle_waivesTheFeeForPublicGoods() public {
        Deal memory deal = _published(250);
        vm.prank(STEWARD);
        registry.curate(MODULE, true);
        _accept(deal);
        eq(_free(POOL), 0, "pool");
        eq(_free(provider), FUNDS + 0.975 ether, "provider");
    }

    function testFuzz_accept_paysExactlyWhatWasLocked(uint96 price, uint96 unitPrice, uint64 used, uint32 jobs) public {
        Deal memory deal = _published(333);
        deal.price = uint96(bound(price, 0, 10 ether));
        deal.unitPrice = unitPrice;
        deal.jobs = uint32(bound(jobs, 1, 20));
        bytes32 id = _commit(deal);
        vm.prank(creator);
        market.accept(deal, Result(0, 0, used));
        _expectStatus(id, DealStatus.Settled);
        eq(_free(creator) + _free(provider) + _free(POOL) + _free(AUTHOR), address(market).balance, "all of it");
        ok(_free(creator) <= FUNDS && _free(provider) >= FUNDS, "nobody wins but by the price");
    }

    function test_deal_inAToken() public {
        token.mint(address(this), 100 ether);
        token.approve(address(market), 100 ether);
        market.depositToken(address(token), 50 ether, creator);
        market.depositToken(address(token), 50 ether, provider);
        Deal memory deal = _terms();
        deal.token = address(token);
        _commit(deal);
        eq(market.balanceOf(address(token), creator), 49 ether, "price is locked in tokens");
        vm.prank(creator);
        market.accept(deal, _result());
        eq(market.balanceOf(address(token), provider), 50.99 ether, "provider is paid in tokens");
        eq(market.balanceOf(address(token), POOL), 0.01 ether, "so is the pool");
        eq(_free(creator) + _free(provider), 2 * FUNDS, "no coin moved");
    }

    function _metered() private view returns (Deal memory deal) {
        deal = _terms();
        deal.unitPrice = UNIT_PRICE;
    }

    function _published(uint16 feeBps) private returns (Deal memory deal) {
        vm.prank(AUTHOR);
        registry.publish("cowsay", "1.0.0", MODULE, feeBps);
        deal = _terms();
        deal.module = MODULE;
    }

    function _accept(Deal memory deal) private {
        _commit(deal);
        vm.prank(creator);
        market.accept(deal, _result());
    }
}
