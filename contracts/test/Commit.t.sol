// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IMarket} from "../src/interfaces/IMarket.sol";
import {ILedger} from "../src/interfaces/ILedger.sol";
import {Deal, DealStatus} from "../src/interfaces/Types.sol";
import {MarketBase} from "./support/MarketBase.sol";

/// @dev Approves one digest, as a contract that creates deals would.
contract Approver {
    bytes32 private _approved;

    function approve(bytes32 digest) external {
        _approved = digest;
    }

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        return digest == _approved ? bytes4(0x1626ba7e) : bytes4(0);
    }
}

/// @notice None -> Committed.
contract CommitTest is MarketBase {
    event Committed(bytes32 indexed id, address indexed provider, address indexed creator, Deal deal);

    function test_commit_locksPriceAndCollateral() public {
        Deal memory deal = _terms();
        deal.jobs = 3;
        bytes32 expected = market.hashDeal(deal);
        bytes memory signature = _sign(CREATOR_KEY, expected);
        vm.expectEmit();
        emit Committed(expected, provider, creator, deal);
        vm.prank(provider);
        bytes32 id = market.commit(deal, signature);
        eq(id, expected, "id");
        eq(_free(creator), FUNDS - 3 ether, "P");
        eq(_free(provider), FUNDS - 30 ether, "C");
        (DealStatus status, uint40 since, bytes26 commitment) = market.stateOf(id);
        eq(uint256(status), uint256(DealStatus.Committed), "status");
        eq(since, block.timestamp, "since");
        eq(bytes32(commitment), 0, "commitment");
    }

    function test_commit_onlyTheProvider() public {
        Deal memory deal = _terms();
        bytes memory signature = _sign(CREATOR_KEY, market.hashDeal(deal));
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealNotParty.selector, creator, provider));
        vm.prank(creator);
        market.commit(deal, signature);
    }

    function test_commit_neverTwice() public {
        Deal memory deal = _terms();
        bytes32 id = _commit(deal);
        _expectRefused(deal, abi.encodeWithSelector(IMarket.DealUnexpectedStatus.selector, id, DealStatus.Committed, 1));
    }

    function test_commit_neverAgainAfterItsEnd() public {
        Deal memory deal = _terms();
        bytes32 id = _commit(deal);
        vm.warp(block.timestamp + deal.runTime + 1);
        market.timeout(deal);
        _expectRefused(deal, abi.encodeWithSelector(IMarket.DealUnexpectedStatus.selector, id, DealStatus.Refunded, 1));
    }

    function test_commit_untilTheBlockItIsValidUntil() public {
        Deal memory deal = _terms();
        vm.roll(deal.validUntil + 1);
        _expectRefused(deal, abi.encodeWithSelector(IMarket.DealExpired.selector, deal.validUntil + 1, deal.validUntil));
        vm.roll(deal.validUntil);
        _commit(deal);
    }

    function test_commit_refusesOneParty() public {
        Deal memory deal = _terms();
        deal.provider = creator;
        _expectRefused(deal, abi.encodeWithSelector(IMarket.DealSameParties.selector, creator));
    }

    function test_commit_refusesTermsOutsideTheirLimits() public {
        Deal memory deal = _terms();
        deal.jobs = 0;
        _expectTermsRefused(deal, "jobs", 0, 1);
        deal = _terms();
        deal.runTime = 0;
        _expectTermsRefused(deal, "runTime", 0, 1 days);
        deal.runTime = 1 days + 1;
        _expectTermsRefused(deal, "runTime", 1 days + 1, 1 days);
        deal = _terms();
        deal.window = 0;
        _expectTermsRefused(deal, "window", 0, 7 days);
        deal.window = 7 days + 1;
        _expectTermsRefused(deal, "window", 7 days + 1, 7 days);
        deal = _terms();
        deal.seats = 0;
        _expectTermsRefused(deal, "seats", 0, 7);
        deal.seats = 8;
        _expectTermsRefused(deal, "seats", 8, 7);
        deal = _terms();
        deal.rounds = 0;
        _expectTermsRefused(deal, "rounds", 0, 3);
        deal.rounds = 4;
        _expectTermsRefused(deal, "rounds", 4, 3);
        deal = _terms();
        deal.auditBps = 10_001;
        _expectTermsRefused(deal, "auditBps", 10_001, 10_000);
        deal = _terms();
        deal.validUntil = 2 ** 53;
        _expectTermsRefused(deal, "validUntil", 2 ** 53, 2 ** 53 - 1);
        deal = _terms();
        deal.module = keccak256("never published");
        _expectTermsRefused(deal, "module", uint256(deal.module), 0);
    }

    function test_commit_takesTermsAtTheirLimits() public {
        Deal memory deal = _terms();
        (deal.runTime, deal.window, deal.seats, deal.rounds, deal.auditBps) = (1 days, 7 days, 7, 3, 10_000);
        _commit(deal);
        (deal.runTime, deal.window, deal.seats, deal.rounds, deal.auditBps) = (1, 1, 1, 1, 0);
        deal.validUntil = 2 ** 53 - 1;
        _commit(deal);
    }

    function test_commit_refusesSeatsPaidTooLittleOrInOtherTokens() public {
        minSeatFee = 0.01 ether;
        setUp();
        Deal memory deal = _terms();
        deal.seatFee = minSeatFee - 1;
        _expectTermsRefused(deal, "seatFee", minSeatFee - 1, minSeatFee);
        deal.seatFee = minSeatFee;
        _commit(deal);
        deal.token = address(token);
        (deal.price, deal.collateral, deal.seatFee) = (0, 0, TOKEN_SEAT_FEE - 1);
        _expectTermsRefused(deal, "seatFee", TOKEN_SEAT_FEE - 1, TOKEN_SEAT_FEE);
        deal.seatFee = TOKEN_SEAT_FEE;
        _commit(deal);
        deal.token = address(0xBAD);
        _expectTermsRefused(deal, "token", 0xBAD, uint160(address(token)));
    }

    function test_commit_refusesACreatorWithoutMoney() public {
        Deal memory deal = _terms();
        deal.price = uint96(FUNDS + 1);
        _expectRefused(
            deal, abi.encodeWithSelector(ILedger.LedgerInsufficient.selector, address(0), creator, FUNDS, FUNDS + 1)
        );
    }

    function test_commit_refusesAProviderWithoutMoney() public {
        Deal memory deal = _terms();
        deal.collateral = uint96(FUNDS + 1);
        _expectRefused(
            deal, abi.encodeWithSelector(ILedger.LedgerInsufficient.selector, address(0), provider, FUNDS, FUNDS + 1)
        );
    }

    function test_commit_refusesAnotherChain() public {
        Deal memory deal = _terms();
        uint256 here = 31_337; // not block.chainid: an optimizer may read it again after the change
        ok(block.chainid == here, "forge's chain");
        vm.chainId(here + 1);
        _expectRefused(deal, abi.encodeWithSelector(IMarket.DealWrongChain.selector, here + 1, here));
    }

    function test_commit_takesA2098Signature() public {
        Deal memory deal = _terms();
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(CREATOR_KEY, market.hashDeal(deal));
        bytes memory compact = abi.encodePacked(r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
        vm.prank(provider);
        market.commit(deal, compact);
    }

    function test_commit_takesAContractsApproval() public {
        Approver approver = new Approver();
        _fund(address(approver));
        Deal memory deal = _terms();
        deal.creator = address(approver);
        bytes32 id = market.hashDeal(deal);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealBadSignature.selector, id, address(approver)));
        vm.prank(provider);
        market.commit(deal, "");
        approver.approve(id);
        vm.prank(provider);
        market.commit(deal, "");
        _expectStatus(id, DealStatus.Committed);
    }

    function testFuzz_commit_refusesSignaturesOfOthers(uint256 key) public {
        key = bound(key, 1, 2 ** 250);
        vm.assume(vm.addr(key) != creator);
        Deal memory deal = _terms();
        _expectBadSignature(deal, _sign(key, market.hashDeal(deal)));
    }

    function testFuzz_commit_refusesTheOtherFormOfASignature(uint256 nonce) public {
        Deal memory deal = _terms();
        deal.nonce = nonce;
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(CREATOR_KEY, market.hashDeal(deal));
        uint256 order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        _expectBadSignature(deal, abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? uint8(28) : uint8(27)));
    }

    function testFuzz_commit_refusesSignaturesOfOtherLengths(uint8 length) public {
        vm.assume(length != 65 && length != 64);
        _expectBadSignature(_terms(), new bytes(length));
    }

    function test_commit_refusesASignatureForAnotherChainOrMarket() public {
        Deal memory deal = _terms();
        bytes32 structHash = keccak256("whatever");
        _expectBadSignature(deal, _sign(CREATOR_KEY, keccak256(abi.encodePacked(hex"1901", bytes32(0), structHash))));
    }

    function test_commit_refusesASignatureThatRecoversNobody() public {
        Deal memory deal = _terms();
        deal.creator = address(0);
        bytes memory empty = new bytes(65);
        bytes32 id = market.hashDeal(deal);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealBadSignature.selector, id, address(0)));
        vm.prank(provider);
        market.commit(deal, empty);
    }

    function test_commitSigned_needsBothSignatures() public {
        Deal memory deal = _terms();
        bytes32 id = market.hashDeal(deal);
        (bytes memory byCreator, bytes memory byProvider) = (_sign(CREATOR_KEY, id), _sign(PROVIDER_KEY, id));
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealBadSignature.selector, id, provider));
        market.commitSigned(deal, byCreator, byCreator);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealBadSignature.selector, id, creator));
        market.commitSigned(deal, byProvider, byProvider);
        market.commitSigned(deal, byCreator, byProvider);
        _expectStatus(id, DealStatus.Committed);
    }

    function test_commitMany_commitsAllOrNone() public {
        (Deal[] memory deals, bytes[] memory signatures) = (new Deal[](3), new bytes[](3));
        for (uint256 i = 0; i < 3; ++i) {
            deals[i] = _terms();
            deals[i].nonce = i;
            signatures[i] = _sign(CREATOR_KEY, market.hashDeal(deals[i]));
        }
        vm.prank(provider);
        market.commitMany(deals, signatures);
        for (uint256 i = 0; i < 3; ++i) {
            _expectStatus(market.hashDeal(deals[i]), DealStatus.Committed);
        }
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealNotParty.selector, address(this), provider));
        market.commitMany(deals, signatures);
        vm.expectRevert(abi.encodeWithSelector(IMarket.MarketLengths.selector, 3, 0));
        market.commitMany(deals, new bytes[](0));
    }

    function testFuzz_hashDeal_dependsOnEveryField(uint256 field) public view {
        Deal memory deal = _terms();
        bytes32 before = market.hashDeal(deal);
        uint256 index = bound(field, 0, 18);
        assembly ("memory-safe") {
            let at := add(deal, mul(32, index))
            mstore(at, xor(mload(at), 1))
        }
        ok(market.hashDeal(deal) != before, "another id");
    }

    function _expectRefused(Deal memory deal, bytes memory reason) private {
        bytes memory signature = _sign(CREATOR_KEY, market.hashDeal(deal));
        vm.expectRevert(reason);
        vm.prank(deal.provider);
        market.commit(deal, signature);
    }

    function _expectTermsRefused(Deal memory deal, bytes32 field, uint256 found, uint256 limit) private {
        _expectRefused(deal, abi.encodeWithSelector(IMarket.DealTerms.selector, field, found, limit));
    }

    function _expectBadSignature(Deal memory deal, bytes memory signature) private {
        bytes32 id = market.hashDeal(deal);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealBadSignature.selector, id, creator));
        vm.prank(provider);
        market.commit(deal, signature);
    }
}
